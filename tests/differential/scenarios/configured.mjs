// What other settings change: the cookies of https, other algorithms, short sessions, rate limits, the cache.
import { isSignedIn, isSignedOut, signsIn, signsUp } from "./people.mjs";

const https = "https, a base path, ES256";
const hs256 = "HS256, sessions renewed whenever they are used";
const rs256 = "RS256, sessions of ten minutes, other claims";
const limited = "rate limits, behind a proxy";

const isEqual = (seen, wanted) => {
  if (seen !== wanted) throw new Error(`${seen} is not ${wanted}`);
};

export const configured = [
  {
    under: https,
    name: "cookies over https",
    steps: [
      signsUp("ada"),
      isSignedIn("ada"),
      { it: "the name of http opens nothing", get: "/get-session", headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }), gives: 200, body: null },
      { it: "nor beside a bad one", get: "/get-session", headers: (play) => ({ cookie: `__Secure-better-auth.session_token=bad; better-auth.session_token=${play.cookie("ada")}` }), gives: 200, body: null },
      { it: "its token", as: "ada", get: "/token", gives: 200 },
      { it: "its key", get: "/jwks", gives: 200, check: ({ json }) => isEqual(json.keys[0].alg, "ES256") },
      { ...signsIn("ada", { rememberMe: false }), it: "not remembered" },
      isSignedIn("ada"),
      { it: "by http", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), headers: { origin: "http://auth.example.com" }, gives: 403, code: "INVALID_ORIGIN" },
      { it: "from a page of another application", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password, callbackURL: "https://app.example.com/in" }), headers: { origin: "https://app.example.com" }, gives: 200, location: "https://app.example.com/in" },
      { it: "to itself", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password, callbackURL: "https://auth.example.com/in" }), gives: 200, location: "https://auth.example.com/in" },
      { it: "to itself without encryption", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password, callbackURL: "http://auth.example.com/in" }), gives: 403, code: "INVALID_CALLBACK_URL" },
      { it: "ok", get: "/ok", gives: 200, body: { ok: true } },
      { it: "no path below it", get: "/nope", gives: 404, body: "" },
      { it: "a callback of a provider", get: "/callback/x?code=y&state=z", gives: 302, location: "https://auth.example.com/auth/v1/error?error=state_mismatch" },
    ],
  },
  {
    under: https,
    name: "sign-out over https",
    steps: [
      signsUp("ada"),
      { it: "signs out", as: "ada", post: "/sign-out", json: {}, gives: 200, body: { success: true } },
      isSignedOut("ada"),
    ],
  },
  {
    under: hs256,
    name: "a shared secret",
    steps: [
      signsUp("ada"),
      { it: "signs", as: "ada", get: "/token", gives: 200 },
      { it: "and publishes nothing", get: "/jwks", gives: 404, body: "" },
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
        ...isSignedIn("ada", `not with disableRefresh=${value}`), get: `/get-session?disableRefresh=${value}`,
      })),
      { ...isSignedIn("ada", "but with an empty one"), get: "/get-session?disableRefresh=" },
      { act: (play) => play.age("ada", 3600) },
      isSignedIn("ada"),
      { it: "by /token", as: "ada", get: "/token", gives: 200 },
      { it: "by /list-sessions", as: "ada", get: "/list-sessions", gives: 200 },
      { it: "by /revoke-other-sessions", as: "ada", post: "/revoke-other-sessions", json: {}, gives: 200 },
      { it: "by bearer", get: "/get-session", headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }), gives: 200 },
      { act: (play) => play.age("ada", 200_000) },
      { it: "is always fresh", as: "ada", get: "/list-sessions", gives: 200 },
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
      { it: "its token", as: "ada", get: "/token", gives: 200, tokenEnds: "10m" },
      { it: "its key", get: "/jwks", gives: 200, check: ({ json }) => isEqual(json.keys[0].kty, "RSA") },
      { act: (play) => play.age("ada", 360) },
      { ...isSignedIn("ada", "is renewed after five minutes"), tokenEnds: "10m" },
      { ...signsIn("ada", { rememberMe: false }), it: "a day, if it is not remembered" },
      isSignedIn("ada"),
    ],
  },
  ...[
    ["sign-in", { post: "/sign-in/email", json: { email: "nobody@example.com", password: "whatever it is" }, gives: 401 }, 3],
    ["sign-up", { post: "/sign-up/email", json: { email: "nope" }, gives: 400 }, 3],
    ["change-password", { post: "/change-password", json: {}, gives: 400 }, 3],
    ["request-password-reset", { post: "/request-password-reset", json: {}, gives: 400 }, 3],
  ].map(([name, request, most], index) => ({
    under: limited,
    name: `${name} is limited`,
    steps: [
      ...Array.from({ length: most }, (_, count) => ({ it: `${name}, ${count + 1}`, ...request, headers: { "x-forwarded-for": `203.0.113.${index}` } })),
      { it: "is refused", ...request, code: undefined, headers: { "x-forwarded-for": `203.0.113.${index}` }, gives: 429, body: { message: "Too many requests. Please try again later." } },
      { it: "before the body is looked at", post: request.post, type: "text/plain", text: "x", headers: { "x-forwarded-for": `203.0.113.${index}` }, gives: 429 },
      { it: "another client is not", ...request, headers: { "x-forwarded-for": `203.0.113.${index + 100}` } },
      { it: "another path is not", get: "/ok", headers: { "x-forwarded-for": `203.0.113.${index}` }, gives: 200 },
    ],
  })),
  {
    under: limited,
    name: "the client's address",
    steps: [
      { ...signsUp("ada"), headers: { "x-forwarded-for": "198.51.100.7", "user-agent": "Browser/1.0" } },
      { ...isSignedIn("ada", "is kept"), check: ({ json }) => isEqual(json.session.ipAddress, "198.51.100.7") },
      { ...signsIn("ada"), headers: { "x-forwarded-for": "::ffff:198.51.100.8" } },
      { ...isSignedIn("ada", "as IPv4 where it is one"), check: ({ json }) => isEqual(json.session.ipAddress, "198.51.100.8") },
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
  ...["compact", "jwt", "jwe"].map((strategy) => cached(`cookie cache ${strategy}`)),
  {
    under: "deferred refresh",
    name: "refresh is deferred",
    steps: [
      signsUp("ada"),
      isSignedIn("ada", "needs none"),
      { act: (play) => play.age("ada", 90_000) },
      { ...isSignedIn("ada", "needs one"), check: ({ json }) => isEqual(json.needsRefresh, true) },
      { ...isSignedIn("ada", "still"), check: ({ json }) => isEqual(json.needsRefresh, true) },
      { it: "POST from elsewhere", as: "ada", post: "/get-session", json: {}, headers: { origin: "https://evil.example" }, gives: 403, code: "INVALID_ORIGIN" },
      { it: "POST refreshes", as: "ada", post: "/get-session", json: {}, gives: 200, check: ({ json }) => isEqual(json.needsRefresh, undefined) },
      { ...isSignedIn("ada", "needs none again"), check: ({ json }) => isEqual(json.needsRefresh, false) },
      { it: "POST without a session", post: "/get-session", json: {}, gives: 200, body: null },
      { act: (play) => play.age("ada", 900_000) },
      isSignedOut("ada", "is over"),
    ],
  },
];

/** The cookie that answers for a session without the database. */
function cached(under) {
  const session = (play) => `better-auth.session_token=${play.cookie("ada")}`;
  const cache = (play) => `better-auth.session_data=${play.ada.cookies.get("better-auth.session_data")}`;
  return {
    under,
    name: `sessions in a cookie, ${under.split(" ").at(-1)}`,
    steps: [
      { ...signsUp("ada"), keep: { old: (_, play) => `${session(play)}; ${cache(play)}` } },
      isSignedIn("ada", "by the cookie"),
      { ...isSignedIn("ada", "by the database when asked"), get: "/get-session?disableCookieCache=true" },
      { it: "a bad one is cleared", get: "/get-session", headers: (play) => ({ cookie: `${session(play)}; better-auth.session_data=AAAA` }), gives: 200 },
      { it: "alone it opens nothing", get: "/get-session", headers: (play) => ({ cookie: cache(play) }), gives: 200, body: null },
      { it: "nor with another session", get: "/get-session", headers: (play) => ({ cookie: `better-auth.session_token=${encodeURIComponent(play.sign("a".repeat(32)))}; ${cache(play)}` }), gives: 200, body: null },
      { it: "its token", as: "ada", get: "/token", gives: 200 },
      { it: "a new name", as: "ada", post: "/update-user", json: { name: "Ada L" }, gives: 200 },
      { ...isSignedIn("ada", "is in the cookie"), check: ({ json }) => isEqual(json.user.name, "Ada L") },
      { it: "bearer alone", get: "/get-session", headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }), gives: 200 },
      signsIn("ada", { rememberMe: false }),
      isSignedIn("ada", "not remembered"),
      { ...signsIn("ada"), keep: { old: (_, play) => `${session(play)}; ${cache(play)}` } },
      { it: "signing out", as: "ada", post: "/sign-out", json: {}, gives: 200 },
      { it: "a cookie kept elsewhere still answers", get: "/get-session", headers: (play) => ({ cookie: play.old }), gives: 200, check: ({ json }) => json.user.id },
      { it: "but not on routes that matter", post: "/revoke-sessions", json: {}, headers: (play) => ({ cookie: play.old, origin: play.origin }), gives: 401 },
    ],
  };
}
