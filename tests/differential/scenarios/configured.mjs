// What other settings change: the cookies of https, other algorithms, short sessions, rate limits.
import {
  act,
  ada,
  ages,
  anybody,
  isEqual,
  isSignedIn,
  isSignedOut,
  rows,
  sessionsOf,
  signsIn,
  signsUp,
} from "./steps.mjs";

const https = "https, a base path, ES256";
const hs256 = "HS256, sessions renewed whenever they are used";
const rs256 = "RS256, sessions of ten minutes, other claims";
const limited = "rate limits, behind a proxy";

const okFrom = (address) => ({ get: "/ok", headers: { "x-forwarded-for": address } });

export const configured = [
  {
    under: https,
    name: "cookies over https",
    steps: [
      signsUp("ada"),
      isSignedIn("ada"),
      anybody.get("the name of http opens nothing", "/get-session", 200, {
        headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
        body: null,
      }),
      anybody.get("nor beside a bad one", "/get-session", 200, {
        headers: (play) => ({
          cookie: `__Secure-better-auth.session_token=bad; better-auth.session_token=${play.cookie("ada")}`,
        }),
        body: null,
      }),
      ada.get("its token", "/token"),
      anybody.get("its key", "/jwks", 200, { check: ({ json }) => isEqual(json.keys[0].alg, "ES256") }),
      { ...signsIn("ada", { rememberMe: false }), it: "not remembered" },
      isSignedIn("ada"),
      anybody.post(
        "by http",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        403,
        { code: "INVALID_ORIGIN", headers: { origin: "http://auth.example.com" } },
      ),
      anybody.post(
        "from a page of another application",
        "/sign-in/email",
        ({ ada }) => ({
          email: ada.email,
          password: ada.password,
          callbackURL: "https://app.example.com/in",
        }),
        200,
        { headers: { origin: "https://app.example.com" }, location: "https://app.example.com/in" },
      ),
      anybody.post(
        "to itself",
        "/sign-in/email",
        ({ ada }) => ({
          email: ada.email,
          password: ada.password,
          callbackURL: "https://auth.example.com/in",
        }),
        200,
        { location: "https://auth.example.com/in" },
      ),
      anybody.post(
        "to itself without encryption",
        "/sign-in/email",
        ({ ada }) => ({
          email: ada.email,
          password: ada.password,
          callbackURL: "http://auth.example.com/in",
        }),
        403,
        "INVALID_CALLBACK_URL",
      ),
      anybody.get("ok", "/ok", 200, { body: { ok: true } }),
      anybody.get("no path below it", "/nope", 404, { body: "" }),
      anybody.get("a callback of a provider", "/callback/x?code=y&state=z", 302, {
        location: "https://auth.example.com/auth/v1/error?error=state_mismatch",
      }),
    ],
  },
  {
    under: https,
    name: "sign-out over https",
    steps: [
      signsUp("ada"),
      ada.post("signs out", "/sign-out", {}, 200, { body: { success: true } }),
      isSignedOut("ada"),
    ],
  },
  {
    under: hs256,
    name: "a shared secret",
    steps: [
      signsUp("ada"),
      ada.get("signs", "/token"),
      anybody.get("and publishes nothing", "/jwks", 404, { body: "" }),
      signsIn("ada"),
    ],
  },
  {
    under: hs256,
    name: "sessions renewed whenever they are used",
    steps: [
      signsUp("ada"),
      isSignedIn("ada", "is renewed at once"),
      isSignedIn("ada", "and again"),
      ...["true", "1", "false", "0", "x"].map((value) => ({
        ...isSignedIn("ada", `not with disableRefresh=${value}`),
        get: `/get-session?disableRefresh=${value}`,
      })),
      { ...isSignedIn("ada", "but with an empty one"), get: "/get-session?disableRefresh=" },
      ages("ada", 3600),
      isSignedIn("ada"),
      ada.get("by /token", "/token"),
      ada.get("by /list-sessions", "/list-sessions"),
      ada.post("by /revoke-other-sessions", "/revoke-other-sessions", {}),
      anybody.get("by bearer", "/get-session", 200, {
        headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }),
      }),
      ages("ada", 200_000),
      ada.get("is always fresh", "/list-sessions"),
      ada.get("not by /token with disableRefresh", "/token?disableRefresh=1"),
      ada.get("nor by /list-sessions with it", "/list-sessions?disableRefresh=1"),
      ada.post("nor by /revoke-session with it", "/revoke-session?disableRefresh=1", { token: "x" }),
      signsIn("ada", { rememberMe: false }),
      isSignedIn("ada", "but not one that is not remembered"),
    ],
  },
  {
    under: rs256,
    name: "short sessions",
    steps: [
      { ...signsUp("ada"), tokenEnds: "10m" },
      { ...isSignedIn("ada"), tokenEnds: "10m" },
      ada.get("its token", "/token", 200, { tokenEnds: "10m" }),
      anybody.get("its key", "/jwks", 200, { check: ({ json }) => isEqual(json.keys[0].kty, "RSA") }),
      ages("ada", 360),
      { ...isSignedIn("ada", "is renewed after five minutes"), tokenEnds: "10m" },
      { ...signsIn("ada", { rememberMe: false }), it: "a day, if it is not remembered" },
      isSignedIn("ada"),
    ],
  },
  ...[
    [
      "sign-in",
      {
        post: "/sign-in/email",
        json: { email: "nobody@example.com", password: "whatever it is" },
        gives: 401,
      },
      3,
    ],
    ["sign-up", { post: "/sign-up/email", json: { email: "nope" }, gives: 400 }, 3],
    ["change-password", { post: "/change-password", json: {}, gives: 400 }, 3],
    ["change-email", { post: "/change-email", json: {}, gives: 400 }, 3],
    ["send-verification-email", { post: "/send-verification-email", json: {}, gives: 400 }, 3],
    ["request-password-reset", { post: "/request-password-reset", json: {}, gives: 400 }, 3],
  ].map(([name, request, most], index) => ({
    under: limited,
    name: `${name} is limited`,
    steps: [
      ...Array.from({ length: most }, (_, count) => ({
        it: `${name}, ${count + 1}`,
        ...request,
        headers: { "x-forwarded-for": `203.0.113.${index}` },
      })),
      {
        it: "is refused",
        ...request,
        code: undefined,
        headers: { "x-forwarded-for": `203.0.113.${index}` },
        gives: 429,
        body: { message: "Too many requests. Please try again later." },
      },
      anybody.send("before the body is looked at", request.post, ["text/plain", "x"], 429, {
        headers: { "x-forwarded-for": `203.0.113.${index}` },
      }),
      { it: "another client is not", ...request, headers: { "x-forwarded-for": `203.0.113.${index + 100}` } },
      anybody.get("another path is not", "/ok", 200, {
        headers: { "x-forwarded-for": `203.0.113.${index}` },
      }),
    ],
  })),
  ...[
    ["verify-password", { post: "/verify-password", json: {}, gives: 400 }],
    ["delete-user", { post: "/delete-user", json: {}, gives: 401 }],
  ].map(([name, request], index) => ({
    under: limited,
    name: `${name} is limited like other guessing`,
    steps: [
      ...Array.from({ length: 3 }, (_, count) => ({
        it: `${name}, ${count + 1}`,
        ...request,
        headers: { "x-forwarded-for": `203.0.113.${index + 20}` },
      })),
      {
        it: "is refused",
        ...request,
        headers: { "x-forwarded-for": `203.0.113.${index + 20}` },
        ours: {
          differs: "guessing-limits",
          change: (answer) =>
            Object.assign(answer, {
              status: 429,
              headers: { "content-type": "application/json", "x-retry-after": "<10 s>" },
              body: { message: "Too many requests. Please try again later." },
            }),
        },
      },
    ],
  })),
  {
    under: limited,
    name: "everything else is limited",
    steps: [
      act(async (play) => {
        for (let count = 0; count < 99; count += 1) await play.ask(okFrom("203.0.113.200"));
      }),
      { it: "a hundredth request", ...okFrom("203.0.113.200"), gives: 200 },
      { it: "one more", ...okFrom("203.0.113.200"), gives: 429 },
      { it: "of another client", ...okFrom("203.0.113.201"), gives: 200 },
    ],
  },
  {
    under: limited,
    name: "the client's address",
    steps: [
      { ...signsUp("ada"), headers: { "x-forwarded-for": "198.51.100.7", "user-agent": "Browser/1.0" } },
      {
        ...isSignedIn("ada", "is kept"),
        check: ({ json }) => isEqual(json.session.ipAddress, "198.51.100.7"),
      },
      { ...signsIn("ada"), headers: { "x-forwarded-for": "::ffff:198.51.100.8" } },
      {
        ...isSignedIn("ada", "as IPv4 where it is one"),
        check: ({ json }) => isEqual(json.session.ipAddress, "198.51.100.8"),
      },
      { ...signsIn("ada"), headers: { "x-forwarded-for": "2001:db8:1:2:3:4:5:6" } },
      {
        ...isSignedIn("ada", "as a network of IPv6"),
        ours: {
          differs: "client-address",
          change(answer) {
            answer.body.session.ipAddress = "2001:db8:1:2:3:4:5:6";
          },
        },
      },
    ],
  },
  {
    under: "deferred refresh",
    name: "refresh is deferred",
    steps: [
      signsUp("ada"),
      isSignedIn("ada", "needs none"),
      ages("ada", 90_000),
      { ...isSignedIn("ada", "needs one"), check: ({ json }) => isEqual(json.needsRefresh, true) },
      { ...isSignedIn("ada", "still"), check: ({ json }) => isEqual(json.needsRefresh, true) },
      ada.post("POST from elsewhere", "/get-session", {}, 403, {
        code: "INVALID_ORIGIN",
        headers: { origin: "https://evil.example" },
      }),
      ada.post("POST refreshes", "/get-session", {}, 200, {
        check: ({ json }) => isEqual(json.needsRefresh, undefined),
      }),
      { ...isSignedIn("ada", "needs none again"), check: ({ json }) => isEqual(json.needsRefresh, false) },
      anybody.post("POST without a session", "/get-session", {}, 200, { body: null }),
      ages("ada", 90_000),
      ada.get("/token renews", "/token"),
      {
        ...isSignedIn("ada", "or does not"),
        check: ({ json }) => isEqual(typeof json.needsRefresh, "boolean"),
      },
      ages("ada", 90_000),
      { ...isSignedIn("ada", "is not asked for"), get: "/get-session?disableRefresh=1" },
      anybody.get("by bearer", "/get-session", 200, {
        headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }),
      }),
      ages("ada", 900_000),
      anybody.get("is over", "/get-session", 200, {
        headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
        body: null,
      }),
      rows("and is kept until then", 1, sessionsOf),
      { ...ada.post("a POST", "/get-session", {}), body: null },
      rows("forgets it", 0, sessionsOf),
      signsIn("ada", { rememberMe: false }),
      isSignedIn("ada", "not remembered"),
      ada.post("POST of one that is not remembered", "/get-session", {}),
    ],
  },
];
