import { ada, ages, anybody, bob, isEqual, isSignedIn, isSignedOut, signsIn, signsUp } from "./steps.mjs";

const under = "default";
const DAY = 86_400;

/** `/get-session` with these headers opens Ada's session, or none. */
const opens = (it, headers, more = {}) => ({
  it,
  get: "/get-session",
  headers,
  gives: 200,
  ...more,
  check: ({ json }, play) => isEqual(json?.user.email, play.ada.email),
});
const opensNone = (it, headers) => anybody.get(it, "/get-session", 200, { headers, body: null });
const cookie = (value) => (play) => ({ cookie: `better-auth.session_token=${value(play)}` });
const bearer =
  (value, more = () => ({})) =>
  (play) => ({ authorization: value(play), ...more(play) });

const refusedAll = (it, headers) =>
  [
    { get: "/list-sessions" },
    { get: "/token" },
    { post: "/revoke-session", json: { token: "x" } },
    { post: "/revoke-sessions", json: {} },
    { post: "/revoke-other-sessions", json: {} },
  ].map((request) => ({
    it: `${request.get ?? request.post} ${it}`,
    ...request,
    headers,
    gives: 401,
    code: "UNAUTHORIZED",
  }));

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
      ...[
        "disableCookieCache=true",
        "disableRefresh=true",
        "disableRefresh=false",
        "disableRefresh=",
        "disableRefresh=a&disableRefresh=b",
        "zzz=1",
      ].map((query) => ({ ...isSignedIn("ada", `with ?${query}`), get: `/get-session?${query}` })),
      opens(
        "the cookie as it was set",
        cookie((play) => play.cookie("ada")),
      ),
      opens(
        "the cookie decoded",
        cookie((play) => play.signed("ada")),
      ),
      opens(
        "the cookie in quotes",
        cookie((play) => `"${play.cookie("ada")}"`),
      ),
      opens("the cookie among others", (play) => ({
        cookie: `a=b; better-auth.session_token=${play.cookie("ada")}; c=d`,
      })),
      opens("a second cookie of that name is not looked at", (play) => ({
        cookie: `better-auth.session_token=${play.cookie("ada")}; better-auth.session_token=bad`,
      })),
      opensNone("a bad first one is not skipped", (play) => ({
        cookie: `better-auth.session_token=bad; better-auth.session_token=${play.cookie("ada")}`,
      })),
      opensNone(
        "the token without a signature",
        cookie((play) => play.token("ada")),
      ),
      opensNone(
        "a changed token",
        cookie((play) => `X${play.cookie("ada").slice(1)}`),
      ),
      opensNone(
        "a changed signature",
        cookie((play) => play.signed("ada").replace(/\.(.)/, (_, a) => `.${a === "A" ? "B" : "A"}`)),
      ),
      opensNone(
        "a signature cut short",
        cookie((play) => play.signed("ada").slice(0, -1)),
      ),
      opensNone(
        "nothing",
        cookie(() => ""),
      ),
      opensNone(
        "a dot",
        cookie(() => "."),
      ),
      opensNone(
        "bad percent encoding",
        cookie(() => "%E0%A4%A.x"),
      ),
      opensNone("another name", (play) => ({ cookie: `better-auth.session=${play.cookie("ada")}` })),
      opensNone("the name of https", (play) => ({
        cookie: `__Secure-better-auth.session_token=${play.cookie("ada")}`,
      })),
      opensNone(
        "a token that is signed, and nobody's",
        cookie((play) => encodeURIComponent(play.sign("a".repeat(32)))),
      ),
      ada.post(
        "POST needs deferred refresh",
        "/get-session",
        {},
        405,
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
      ),
      anybody.bare(
        "POST without a cookie too",
        "/get-session",
        405,
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
      ),
      ada.post("POST from a foreign origin", "/get-session", {}, 403, {
        code: "INVALID_ORIGIN",
        headers: { origin: "https://evil.example" },
      }),
      anybody.get("a left-over cache cookie is cleared", "/get-session", 200, {
        headers: (play) => ({
          cookie: `better-auth.session_token=${play.cookie("ada")}; better-auth.session_data=abc; better-auth.session_data.0=abc`,
        }),
      }),
    ],
  },
  {
    under,
    name: "bearer",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      opens(
        "the token alone",
        bearer((play) => `Bearer ${play.token("ada")}`),
      ),
      opens(
        "the token signed",
        bearer((play) => `Bearer ${play.signed("ada")}`),
      ),
      opens(
        "the token signed and encoded",
        bearer((play) => `Bearer ${encodeURIComponent(play.signed("ada"))}`),
      ),
      opens(
        "in small letters",
        bearer((play) => `bearer ${play.signed("ada")}`),
      ),
      opens(
        "in capitals",
        bearer((play) => `BEARER ${play.token("ada")}`),
      ),
      opens(
        "beside somebody else's cookie",
        bearer(
          (play) => `Bearer ${play.token("ada")}`,
          (play) => ({ cookie: `better-auth.session_token=${play.cookie("bob")}` }),
        ),
      ),
      opens(
        "badly signed, beside a good cookie",
        bearer(
          () => "Bearer bad.sig",
          (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
        ),
      ),
      opensNone(
        "unknown, beside a good cookie",
        bearer(
          () => `Bearer ${"b".repeat(32)}`,
          (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
        ),
      ),
      opensNone(
        "unknown",
        bearer(() => `Bearer ${"a".repeat(32)}`),
      ),
      opensNone(
        "badly signed",
        bearer((play) => `Bearer ${play.token("ada")}.${"A".repeat(43)}=`),
      ),
      opensNone(
        "another scheme",
        bearer(() => "Basic YTpi"),
      ),
      opensNone(
        "no token",
        bearer(() => "Bearer"),
      ),
      opensNone(
        "a space for a token",
        bearer(() => "Bearer  "),
      ),
      opensNone(
        "bad percent encoding",
        bearer(() => "Bearer %E0%A4%A"),
      ),
      anybody.get("gets a JWT", "/token", 200, {
        headers: bearer((play) => `Bearer ${play.token("ada")}`),
        keep: { jwt: ({ json }) => json.token },
      }),
      opensNone(
        "a JWT is no session",
        bearer((play) => `Bearer ${play.jwt}`),
      ),
      anybody.get("lists sessions", "/list-sessions", 200, {
        headers: bearer((play) => `Bearer ${play.signed("ada")}`),
      }),
      anybody.post("signs out", "/sign-out", {}, 200, {
        headers: bearer((play) => `Bearer ${play.signed("ada")}`),
        body: { success: true },
      }),
      opensNone(
        "and is over",
        bearer((play) => `Bearer ${play.signed("ada")}`),
      ),
    ],
  },
  {
    under,
    name: "sign-out",
    steps: [
      signsUp("ada"),
      anybody.post("without a session", "/sign-out", {}, 200, { body: { success: true } }),
      anybody.bare("without a body", "/sign-out", 200, { body: { success: true } }),
      anybody.send("with a type and no body", "/sign-out", ["text/plain", ""], 200, {
        body: { success: true },
      }),
      anybody.post("with an array", "/sign-out", [], 400, "VALIDATION_ERROR"),
      anybody.post("with null", "/sign-out", null, 400, "VALIDATION_ERROR"),
      anybody.post("with text for disableRedirect", "/sign-out", { disableRedirect: "x" }, 400, {
        code: "VALIDATION_ERROR",
        ours: signsOutAnyway,
      }),
      anybody.post("with a number for state", "/sign-out", { state: 1 }, 400, {
        code: "VALIDATION_ERROR",
        ours: signsOutAnyway,
      }),
      anybody.send(
        "as a form",
        "/sign-out",
        ["application/x-www-form-urlencoded", "a=b"],
        415,
        "UNSUPPORTED_MEDIA_TYPE",
      ),
      anybody.post("with a bad cookie", "/sign-out", {}, 200, {
        headers: ({ origin }) => ({ origin, cookie: "better-auth.session_token=bad" }),
        body: { success: true },
      }),
      anybody.post("with left-over cache cookies", "/sign-out", {}, 200, {
        headers: ({ origin }) => ({
          origin,
          cookie: "better-auth.session_data=a; better-auth.session_data.0=b",
        }),
      }),
      isSignedIn("ada", "her session is still there"),
      ada.post(
        "all that a client may say",
        "/sign-out",
        { callbackURL: "/x", disableRedirect: true, state: "s" },
        200,
        { body: { success: true }, keep: {} },
      ),
      isSignedOut("ada"),
    ],
  },
  {
    under,
    name: "a session that has ended",
    steps: [
      { ...signsUp("ada"), keep: { old: (_, play) => play.cookie("ada") } },
      ada.post("signing out", "/sign-out", {}),
      opensNone("opens nothing and is cleared", (play) => ({
        cookie: `better-auth.session_token=${play.old}`,
      })),
      ...refusedAll("clears it", (play) => ({
        origin: play.origin,
        cookie: `better-auth.session_token=${play.old}`,
      })),
      ...refusedAll("without any session", {}),
      ...refusedAll("with an unsigned cookie", (play) => ({
        origin: play.origin,
        cookie: `better-auth.session_token=${play.old.split(".")[0]}`,
      })),
    ],
  },
  {
    under,
    name: "list and revoke sessions",
    steps: [
      { ...signsUp("ada"), keep: { first: (_, play) => play.token("ada") } },
      { ...signsUp("bob"), keep: { bobs: (_, play) => play.token("bob") } },
      ada.get("one session", "/list-sessions", 200, { check: ({ json }) => isEqual(json.length, 1) }),
      signsIn("ada"),
      ada.get("two sessions", "/list-sessions", 200, { check: ({ json }) => isEqual(json.length, 2) }),
      ada.post("no list by POST", "/list-sessions", {}, 404),
      ada.post("no token", "/revoke-session", {}, 400, "VALIDATION_ERROR"),
      ada.post("a number for a token", "/revoke-session", { token: 5 }, 400, "VALIDATION_ERROR"),
      ada.bare("no body", "/revoke-session", 400, "VALIDATION_ERROR"),
      ada.post("an array", "/revoke-session", [], 400, "VALIDATION_ERROR"),
      anybody.post("no token and no session", "/revoke-session", {}, 400, "VALIDATION_ERROR"),
      ada.post("an unknown token", "/revoke-session", { token: "nope" }, 200, { body: { status: true } }),
      ada.post("an empty token", "/revoke-session", { token: "" }, 200, { body: { status: true } }),
      ada.post("somebody else's token", "/revoke-session", ({ bobs }) => ({ token: bobs }), 200, {
        body: { status: true },
      }),
      isSignedIn("bob", "changes nothing"),
      ada.post("another one of hers", "/revoke-session", ({ first }) => ({ token: first }), 200, {
        body: { status: true },
      }),
      opensNone("which is over", (play) => ({
        cookie: `better-auth.session_token=${encodeURIComponent(play.sign(play.first))}`,
      })),
      isSignedIn("ada"),
      ada.post("her own", "/revoke-session", (play) => ({ token: play.token("ada") }), 200, {
        body: { status: true },
      }),
      isSignedOut("ada"),
      { ...signsIn("ada"), keep: { second: (_, play) => play.token("ada") } },
      { ...signsIn("ada"), it: "once more" },
      ada.post("all others", "/revoke-other-sessions", {}, 200, { body: { status: true } }),
      opensNone("which are over", (play) => ({
        cookie: `better-auth.session_token=${encodeURIComponent(play.sign(play.second))}`,
      })),
      isSignedIn("ada"),
      ada.bare("all others again, without a body", "/revoke-other-sessions", 200, { body: { status: true } }),
      ada.post("all others, with an array", "/revoke-other-sessions", [], 200, { body: { status: true } }),
      ada.send(
        "all others, with broken JSON",
        "/revoke-other-sessions",
        ["application/json", "{"],
        400,
        "BAD_REQUEST",
      ),
      ada.send(
        "all others, as text",
        "/revoke-other-sessions",
        ["text/plain", "{"],
        415,
        "UNSUPPORTED_MEDIA_TYPE",
      ),
      ada.post("all", "/revoke-sessions", {}, 200, { body: { status: true } }),
      isSignedOut("ada"),
      isSignedIn("bob"),
      bob.bare("all, without a body", "/revoke-sessions", 200, { body: { status: true } }),
      isSignedOut("bob"),
    ],
  },
  {
    under,
    name: "a session grows old",
    steps: [
      signsUp("ada"),
      ages("ada", DAY - 600),
      isSignedIn("ada", "is not renewed before a day"),
      ada.get("is still fresh", "/list-sessions"),
      ages("ada", 1200),
      { ...isSignedIn("ada", "is not renewed when asked not to"), get: "/get-session?disableRefresh=1" },
      ada.get("is not fresh any more", "/list-sessions", 403, "SESSION_NOT_FRESH"),
      isSignedIn("ada", "and was renewed by that"),
      ages("ada", DAY + 600),
      isSignedIn("ada", "is renewed after a day"),
      isSignedIn("ada", "once"),
      ages("ada", DAY + 600),
      ada.get("is renewed by /token", "/token"),
      ages("ada", DAY + 600),
      ada.post("is renewed by revoke-other-sessions", "/revoke-other-sessions", {}),
      ages("ada", DAY + 600),
      anybody.get("is renewed by bearer", "/get-session", 200, {
        headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }),
      }),
      ages("ada", 8 * DAY),
      anybody.get("is over", "/get-session", 200, {
        body: null,
        headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
      }),
      anybody.get("for every route", "/token", 401, {
        headers: (play) => ({ cookie: `better-auth.session_token=${play.cookie("ada")}` }),
      }),
      isSignedOut("ada"),
    ],
  },
];
