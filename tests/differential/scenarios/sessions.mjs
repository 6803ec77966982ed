import { isSignedIn, isSignedOut, signsIn, signsUp } from "./people.mjs";

const under = "default";
const DAY = 86_400;

/** `/get-session` with these headers opens Ada's session, or none. */
const opens = (it, headers, more = {}) => ({
  it, get: "/get-session", headers, gives: 200, ...more,
  check: ({ json }, { ada }) => {
    if (json?.user.email !== ada.email) throw new Error("it does not open her session");
  },
});
const opensNone = (it, headers) => ({ it, get: "/get-session", headers, gives: 200, body: null });
const cookie = (value) => (play) => ({ cookie: `better-auth.session_token=${value(play)}` });
const bearer = (value, more = () => ({})) => (play) => ({ authorization: value(play), ...more(play) });

const refusedAll = (it, headers) =>
  [
    { get: "/list-sessions" },
    { get: "/token" },
    { post: "/revoke-session", json: { token: "x" } },
    { post: "/revoke-sessions", json: {} },
    { post: "/revoke-other-sessions", json: {} },
  ].map((request) => ({ it: `${request.get ?? request.post} ${it}`, ...request, headers, gives: 401, code: "UNAUTHORIZED" }));

const signsOutAnyway = {
  differs: "sign-out-members",
  change(answer) {
    answer.status = 200;
    answer.cookies = ["session_token", "session_data", "dont_remember"].map(
      (name) => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
    );
    answer.body = { success: true };
  },
};

export const sessions = [
  {
    under,
    name: "get-session",
    steps: [
      opensNone("no cookie", {}),
      opensNone("an unrelated cookie", { cookie: "a=b" }),
      signsUp("ada"),
      isSignedIn("ada"),
      ...["disableCookieCache=true", "disableRefresh=true", "disableRefresh=false", "disableRefresh=", "disableRefresh=a&disableRefresh=b", "zzz=1"].map(
        (query) => ({ ...isSignedIn("ada", `with ?${query}`), get: `/get-session?${query}` }),
      ),
      opens("the cookie as it was set", cookie((play) => play.cookie("ada"))),
      opens("the cookie decoded", cookie((play) => play.signed("ada"))),
      opens("the cookie in quotes", cookie((play) => `"${play.cookie("ada")}"`)),
      opens("the cookie among others", (play) => ({ cookie: `a=b; better-auth.session_token=${play.cookie("ada")}; c=d` })),
      opens("a second cookie of that name is not looked at", (play) => ({
        cookie: `better-auth.session_token=${play.cookie("ada")}; better-auth.session_token=bad`,
      })),
      opensNone("a bad first one is not skipped", (play) => ({
        cookie: `better-auth.session_token=bad; better-auth.session_token=${play.cookie("ada")}`,
      })),
      opensNone("the token without a signature", cookie((play) => play.token("ada"))),
      opensNone("a changed token", cookie((play) => `X${play.cookie("ada").slice(1)}`)),
      opensNone("a changed signature", cookie((play) => play.signed("ada").replace(/\.(.)/, (_, a) => `.${a === "A" ? "B" : "A"}`))),
      opensNone("a signature cut short", cookie((play) => play.signed("ada").slice(0, -1))),
      opensNone("nothing", cookie(() => "")),
      opensNone("a dot", cookie(() => ".")),
      opensNone("bad percent encoding", cookie(() => "%E0%A4%A.x")),
      opensNone("another name", (play) => ({ cookie: `better-auth.session=${play.cookie("ada")}` })),
      opensNone("the name of https", (play) => ({ cookie: `__Secure-better-auth.session_token=${play.cookie("ada")}` })),
      opensNone("a token that is signed, and nobody's", cookie((play) => encodeURIComponent(play.sign("a".repeat(32))))),
      { it: "POST needs deferred refresh", as: "ada", post: "/get-session", json: {}, gives: 405, code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED" },
      { it: "POST without a cookie too", post: "/get-session", gives: 405, code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED" },
      { it: "POST from a foreign origin", as: "ada", post: "/get-session", json: {}, headers: { origin: "https://evil.example" }, gives: 403, code: "INVALID_ORIGIN" },
      { it: "a left-over cache cookie is cleared", get: "/get-session", gives: 200,
        headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}; better-auth.session_data=abc; better-auth.session_data.0=abc` }) },
    ],
  },
  {
    under,
    name: "bearer",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      opens("the token alone", bearer((play) => `Bearer ${play.token("ada")}`)),
      opens("the token signed", bearer((play) => `Bearer ${play.signed("ada")}`)),
      opens("the token signed and encoded", bearer((play) => `Bearer ${encodeURIComponent(play.signed("ada"))}`)),
      opens("in small letters", bearer((play) => `bearer ${play.signed("ada")}`)),
      opens("in capitals", bearer((play) => `BEARER ${play.token("ada")}`)),
      opens("beside somebody else's cookie", bearer((play) => `Bearer ${play.token("ada")}`, (play) => ({ cookie: `better-auth.session_token=${play.cookie("bob")}` }))),
      opens("badly signed, beside a good cookie", bearer(() => "Bearer bad.sig", (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }))),
      opensNone("unknown, beside a good cookie", bearer(() => `Bearer ${"b".repeat(32)}`, (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }))),
      opensNone("unknown", bearer(() => `Bearer ${"a".repeat(32)}`)),
      opensNone("badly signed", bearer((play) => `Bearer ${play.token("ada")}.${"A".repeat(43)}=`)),
      opensNone("another scheme", bearer(() => "Basic YTpi")),
      opensNone("no token", bearer(() => "Bearer")),
      opensNone("a space for a token", bearer(() => "Bearer  ")),
      opensNone("bad percent encoding", bearer(() => "Bearer %E0%A4%A")),
      { it: "gets a JWT", get: "/token", headers: bearer((play) => `Bearer ${play.token("ada")}`), gives: 200, keep: { jwt: ({ json }) => json.token } },
      opensNone("a JWT is no session", bearer((play) => `Bearer ${play.jwt}`)),
      { it: "lists sessions", get: "/list-sessions", headers: bearer((play) => `Bearer ${play.signed("ada")}`), gives: 200 },
      { it: "signs out", post: "/sign-out", json: {}, headers: bearer((play) => `Bearer ${play.signed("ada")}`), gives: 200, body: { success: true } },
      opensNone("and is over", bearer((play) => `Bearer ${play.signed("ada")}`)),
    ],
  },
  {
    under,
    name: "sign-out",
    steps: [
      signsUp("ada"),
      { it: "without a session", post: "/sign-out", json: {}, gives: 200, body: { success: true } },
      { it: "without a body", post: "/sign-out", gives: 200, body: { success: true } },
      { it: "with a type and no body", post: "/sign-out", type: "text/plain", text: "", gives: 200, body: { success: true } },
      { it: "with an array", post: "/sign-out", json: [], gives: 400, code: "VALIDATION_ERROR" },
      { it: "with null", post: "/sign-out", json: null, gives: 400, code: "VALIDATION_ERROR" },
      { it: "with text for disableRedirect", post: "/sign-out", json: { disableRedirect: "x" }, gives: 400, code: "VALIDATION_ERROR", ours: signsOutAnyway },
      { it: "with a number for state", post: "/sign-out", json: { state: 1 }, gives: 400, code: "VALIDATION_ERROR", ours: signsOutAnyway },
      { it: "as a form", post: "/sign-out", type: "application/x-www-form-urlencoded", text: "a=b", gives: 415, code: "UNSUPPORTED_MEDIA_TYPE" },
      { it: "with a bad cookie", post: "/sign-out", json: {}, headers: ({ origin }) => ({ origin, cookie: "better-auth.session_token=bad" }), gives: 200, body: { success: true } },
      { it: "with left-over cache cookies", post: "/sign-out", json: {}, headers: ({ origin }) => ({ origin, cookie: "better-auth.session_data=a; better-auth.session_data.0=b" }), gives: 200 },
      isSignedIn("ada", "her session is still there"),
      { it: "all that a client may say", as: "ada", post: "/sign-out", json: { callbackURL: "/x", disableRedirect: true, state: "s" }, gives: 200, body: { success: true }, keep: {} },
      isSignedOut("ada"),
    ],
  },
  {
    under,
    name: "a session that has ended",
    steps: [
      { ...signsUp("ada"), keep: { old: (_, play) => play.cookie("ada") } },
      { it: "signing out", as: "ada", post: "/sign-out", json: {}, gives: 200 },
      opensNone("opens nothing and is cleared", (play) => ({ cookie: `better-auth.session_token=${play.old}` })),
      ...refusedAll("clears it", (play) => ({ origin: play.origin, cookie: `better-auth.session_token=${play.old}` })),
      ...refusedAll("without any session", {}),
      ...refusedAll("with an unsigned cookie", (play) => ({ origin: play.origin, cookie: `better-auth.session_token=${play.old.split(".")[0]}` })),
    ],
  },
  {
    under,
    name: "list and revoke sessions",
    steps: [
      { ...signsUp("ada"), keep: { first: (_, play) => play.token("ada") } },
      { ...signsUp("bob"), keep: { bobs: (_, play) => play.token("bob") } },
      { it: "one session", as: "ada", get: "/list-sessions", gives: 200, check: ({ json }) => { if (json.length !== 1) throw new Error(json.length); } },
      signsIn("ada"),
      { it: "two sessions", as: "ada", get: "/list-sessions", gives: 200, check: ({ json }) => { if (json.length !== 2) throw new Error(json.length); } },
      { it: "no list by POST", as: "ada", post: "/list-sessions", json: {}, gives: 404 },
      { it: "no token", as: "ada", post: "/revoke-session", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      { it: "a number for a token", as: "ada", post: "/revoke-session", json: { token: 5 }, gives: 400, code: "VALIDATION_ERROR" },
      { it: "no body", as: "ada", post: "/revoke-session", gives: 400, code: "VALIDATION_ERROR" },
      { it: "an array", as: "ada", post: "/revoke-session", json: [], gives: 400, code: "VALIDATION_ERROR" },
      { it: "no token and no session", post: "/revoke-session", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      { it: "an unknown token", as: "ada", post: "/revoke-session", json: { token: "nope" }, gives: 200, body: { status: true } },
      { it: "an empty token", as: "ada", post: "/revoke-session", json: { token: "" }, gives: 200, body: { status: true } },
      { it: "somebody else's token", as: "ada", post: "/revoke-session", json: ({ bobs }) => ({ token: bobs }), gives: 200, body: { status: true } },
      isSignedIn("bob", "changes nothing"),
      { it: "another one of hers", as: "ada", post: "/revoke-session", json: ({ first }) => ({ token: first }), gives: 200, body: { status: true } },
      opensNone("which is over", (play) => ({ cookie: `better-auth.session_token=${encodeURIComponent(play.sign(play.first))}` })),
      isSignedIn("ada"),
      { it: "her own", as: "ada", post: "/revoke-session", json: (play) => ({ token: play.token("ada") }), gives: 200, body: { status: true } },
      isSignedOut("ada"),
      { ...signsIn("ada"), keep: { second: (_, play) => play.token("ada") } },
      { ...signsIn("ada"), it: "once more" },
      { it: "all others", as: "ada", post: "/revoke-other-sessions", json: {}, gives: 200, body: { status: true } },
      opensNone("which are over", (play) => ({ cookie: `better-auth.session_token=${encodeURIComponent(play.sign(play.second))}` })),
      isSignedIn("ada"),
      { it: "all others again, without a body", as: "ada", post: "/revoke-other-sessions", gives: 200, body: { status: true } },
      { it: "all others, with an array", as: "ada", post: "/revoke-other-sessions", json: [], gives: 200, body: { status: true } },
      { it: "all others, with broken JSON", as: "ada", post: "/revoke-other-sessions", type: "application/json", text: "{", gives: 400, code: "BAD_REQUEST" },
      { it: "all others, as text", as: "ada", post: "/revoke-other-sessions", type: "text/plain", text: "{", gives: 415, code: "UNSUPPORTED_MEDIA_TYPE" },
      { it: "all", as: "ada", post: "/revoke-sessions", json: {}, gives: 200, body: { status: true } },
      isSignedOut("ada"),
      isSignedIn("bob"),
      { it: "all, without a body", as: "bob", post: "/revoke-sessions", gives: 200, body: { status: true } },
      isSignedOut("bob"),
    ],
  },
  {
    under,
    name: "a session grows old",
    steps: [
      signsUp("ada"),
      { act: (play) => play.age("ada", DAY - 600) },
      isSignedIn("ada", "is not renewed before a day"),
      { it: "is still fresh", as: "ada", get: "/list-sessions", gives: 200 },
      { act: (play) => play.age("ada", 1200) },
      { ...isSignedIn("ada", "is not renewed when asked not to"), get: "/get-session?disableRefresh=1" },
      { it: "is not fresh any more", as: "ada", get: "/list-sessions", gives: 403, code: "SESSION_NOT_FRESH" },
      isSignedIn("ada", "and was renewed by that"),
      { act: (play) => play.age("ada", DAY + 600) },
      isSignedIn("ada", "is renewed after a day"),
      isSignedIn("ada", "once"),
      { act: (play) => play.age("ada", DAY + 600) },
      { it: "is renewed by /token", as: "ada", get: "/token", gives: 200 },
      { act: (play) => play.age("ada", DAY + 600) },
      { it: "is renewed by revoke-other-sessions", as: "ada", post: "/revoke-other-sessions", json: {}, gives: 200 },
      { act: (play) => play.age("ada", DAY + 600) },
      { it: "is renewed by bearer", get: "/get-session", headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }), gives: 200 },
      { act: (play) => play.age("ada", 8 * DAY) },
      { it: "is over", get: "/get-session", gives: 200, body: null, headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }) },
      { it: "for every route", get: "/token", gives: 401, headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }) },
      isSignedOut("ada"),
    ],
  },
];
