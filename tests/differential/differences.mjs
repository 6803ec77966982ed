// What is different everywhere, on purpose. `change` makes an answer of the npm server (as reading.mjs
// reads it) into what Tessera's must be. Each id is a row of COMPATIBILITY.md, and so is each that a step
// names under `ours`.

/** An answer of a route: unknown paths have no content type. */
const isRoute = (answer) => "content-type" in answer.headers;

/** Puts `change` over the header and claims of every JWT of a key pair in an answer. */
function eachToken(answer, change) {
  const rewrite = (text) =>
    text.replace(
      /<jwt (\{"alg":"(?:EdDSA|ES256|RS256|HS256)".*?\}) (\{.*?"sub".*?\})>/g,
      (_, header, claims) => {
        const token = { header: JSON.parse(header), claims: JSON.parse(claims) };
        change(token);
        return `<jwt ${JSON.stringify(token.header)} ${JSON.stringify(token.claims)}>`;
      },
    );
  if (typeof answer.body?.token === "string") answer.body.token = rewrite(answer.body.token);
  if (answer.headers["set-auth-jwt"])
    answer.headers["set-auth-jwt"] = rewrite(answer.headers["set-auth-jwt"]);
}

/** The members of rows, in the order of their columns. */
const SESSION = ["expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id"];
const USER = ["name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id"];

/** An object with these members first. */
function inOrder(object, names) {
  const known = names.filter((name) => name in object);
  const rest = Object.keys(object).filter((name) => !names.includes(name));
  return Object.fromEntries([...known, ...rest].map((name) => [name, object[name]]));
}

export const everywhere = [
  {
    id: "cached-member-order",
    change(answer) {
      const { body } = answer;
      if (body?.session) body.session = inOrder(body.session, SESSION);
      if (body?.session && body.user) body.user = inOrder(body.user, USER);
      eachToken(answer, (token) => {
        token.claims = inOrder(token.claims, ["iat", ...USER]);
      });
      const rewrite = (cookie, member, names) =>
        cookie.replace(
          new RegExp(`"${member}":(\\{[^{}]*\\})`),
          (_, object) => `"${member}":${JSON.stringify(inOrder(JSON.parse(object), names))}`,
        );
      answer.cookies = answer.cookies.map((cookie) =>
        rewrite(rewrite(cookie, "session", SESSION), "user", USER),
      );
    },
  },
  {
    id: "client-address",
    change(answer, { proxied }) {
      const { body } = answer;
      for (const session of [body?.session, ...(Array.isArray(body) ? body : [])]) {
        if (!session || !("ipAddress" in session)) continue;
        if (!proxied || session.ipAddress === "") session.ipAddress = "127.0.0.1";
      }
      answer.cookies = answer.cookies.map((cookie) =>
        cookie.replace('"ipAddress":""', '"ipAddress":"127.0.0.1"'),
      );
    },
  },
  {
    id: "security-headers",
    change({ headers }, { secure }) {
      if (secure) headers["strict-transport-security"] = "max-age=31536000";
      headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
      headers["referrer-policy"] = "strict-origin-when-cross-origin";
      headers["x-content-type-options"] = "nosniff";
    },
  },
  {
    id: "request-id",
    change({ headers }) {
      headers["x-request-id"] = "<request id>";
    },
  },
  {
    id: "no-store",
    change(answer, { path }) {
      const isKeys = path === "/jwks" && answer.status === 200;
      if (isRoute(answer) && !isKeys) answer.headers["cache-control"] = "no-store";
    },
  },
  {
    id: "retry-after",
    change({ status, headers }) {
      if (status === 429) headers["retry-after"] = headers["x-retry-after"];
    },
  },
  {
    id: "jwt-on-sign-in",
    change({ status, headers, cookies, body }, { path, token }) {
      const signsIn = path === "/sign-up/email" || path === "/sign-in/email";
      if (status !== 200 || !signsIn || cookies.length === 0) return;
      headers["access-control-expose-headers"] = "set-auth-jwt, set-auth-token";
      headers["set-auth-jwt"] = token(body.user);
    },
  },
  {
    id: "jwt-claims",
    change(answer) {
      eachToken(answer, ({ claims }) => {
        claims.user_id = claims.sub;
        claims.sid = "<session>";
      });
    },
  },
  {
    id: "jwt-ends-with-session",
    change(answer, { tokenEnds }) {
      if (!tokenEnds) return;
      eachToken(answer, ({ claims }) => {
        claims.exp = `<now+${tokenEnds}>`;
      });
    },
  },
  {
    id: "jwks-cache",
    change(answer, { path }) {
      if (path !== "/jwks" || answer.status !== 200) return;
      answer.headers["cache-control"] = "public, max-age=300";
      answer.headers.etag = "<etag>";
    },
  },
  {
    id: "jwk-order",
    change(answer, { path }) {
      if (path !== "/jwks" || answer.status !== 200) return;
      answer.body.keys = answer.body.keys.map(({ alg, ...rest }) =>
        rest.kty === "OKP" ? { alg, ...rest } : { alg, kty: rest.kty, ...rest },
      );
    },
  },
];

/** For a step's `ours`: Tessera refuses what the npm server does. */
export const refuses = (status, code, message) => (answer) => {
  Object.assign(answer, {
    status,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: { message, code },
  });
};

/** For a step's `ours`: Tessera refuses a callback URL that the npm server follows. */
export const refusesCallback = {
  differs: "plain-callback-urls",
  change: refuses(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"),
};

/** For a step's `ours`: Tessera sends on to a page. */
export const leadsTo = (location) => (answer) => {
  answer.status = 302;
  Object.assign(answer.headers, { "content-type": "application/json", location });
  answer.body = "";
};
