// The cookie that answers for a session without the database, in each of its forms.
import { seal } from "../session-cache.mjs";
import { refuses } from "../differences.mjs";
import { act, ada, ages, anybody, isEqual, isSignedIn, isSignedOut, signsIn, signsUp } from "./steps.mjs";

const DATA = "better-auth.session_data";
const session = (play) => `better-auth.session_token=${play.cookie("ada")}`;
const cache = (play) => `${DATA}=${play.ada.cookies.get(DATA)}`;
const both = (play) => `${session(play)}; ${cache(play)}`;

const opensNone = (it, cookie) =>
  anybody.get(it, "/get-session", 200, { headers: (play) => ({ cookie: cookie(play) }), body: null });

/** The npm server renews a session in a session middleware and sends only the last cookie. */
function sendsTokenToo({ headers, cookies }) {
  const token = cookies[0].match(/"token":"([^"]*)"/)[1];
  headers["access-control-expose-headers"] = "set-auth-token";
  headers["set-auth-token"] = `${token}.<signed>`;
  cookies.unshift(
    `better-auth.session_token=${token}.<signed>; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax`,
  );
}

/** The npm server goes on with a session that is over. */
function refusesAndClears(answer) {
  refuses(401, "UNAUTHORIZED", "Unauthorized")(answer);
  const names = ["session_token", "session_data", "session_data", "dont_remember"];
  answer.cookies = names.map(
    (name) => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
  );
}

export const cached = ["compact", "jwt", "jwe"].flatMap((strategy) => {
  const under = `cookie cache ${strategy}`;

  /** `/get-session` with a cookie that we sealed ourselves: whether it is the one that answers. */
  const sealed = (it, answers, { change = () => {}, seconds = 300, secret } = {}) => [
    act(async (play) => {
      const content = structuredClone(play.content);
      // As after any change, so that no JWT of before is handed out again.
      Object.assign(content.user, { name: "From the cookie", updatedAt: new Date().toISOString() });
      change(content);
      play.sealed = await seal(strategy, content, seconds, secret);
    }),
    anybody.get(it, "/get-session", 200, {
      headers: (play) => ({ cookie: `${session(play)}; ${DATA}=${play.sealed}` }),
      check: ({ json }) => isEqual(json.user.name, answers ? "From the cookie" : "Ada"),
    }),
  ];

  return [
    {
      under,
      name: `sessions in a cookie, ${strategy}`,
      steps: [
        signsUp("ada"),
        isSignedIn("ada", "by the cookie"),
        { ...isSignedIn("ada", "by the database when asked"), get: "/get-session?disableCookieCache=true" },
        anybody.get("a bad one is cleared", "/get-session", 200, {
          headers: (play) => ({ cookie: `${session(play)}; ${DATA}=AAAA` }),
        }),
        opensNone("alone it opens nothing", cache),
        opensNone(
          "nor with another session",
          (play) =>
            `better-auth.session_token=${encodeURIComponent(play.sign("a".repeat(32)))}; ${cache(play)}`,
        ),
        ada.get("its token", "/token"),
        ada.post("a new name", "/update-user", { name: "Ada L" }),
        { ...isSignedIn("ada", "is in the cookie"), check: ({ json }) => isEqual(json.user.name, "Ada L") },
        anybody.get("bearer alone", "/get-session", 200, {
          headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }),
        }),
        signsIn("ada", { rememberMe: false }),
        isSignedIn("ada", "not remembered"),
        signsIn("ada"),
        ada.post("signing out", "/sign-out", {}),
      ],
    },
    {
      under,
      name: `a cookie that outlives its session, ${strategy}`,
      steps: [
        { ...signsUp("ada"), keep: { old: (_, play) => both(play) } },
        ada.post("signing out", "/sign-out", {}),
        ...["/get-session", "/token", "/list-accounts"].map((get) =>
          anybody.get(`answers at ${get}`, get, 200, { headers: (play) => ({ cookie: play.old }) }),
        ),
        {
          ...anybody.get("but not where the tokens of others are", "/list-sessions", 200, {
            headers: (play) => ({ cookie: play.old }),
          }),
          ours: { differs: "fresh-asks", change: refusesAndClears },
        },
        anybody.post("nor on routes that matter", "/revoke-sessions", {}, 401, {
          headers: (play) => ({ cookie: play.old, origin: play.origin }),
        }),
        {
          ...anybody.post("nor where they would live on", "/update-user", { name: "Ada L" }, 200, {
            headers: (play) => ({ cookie: play.old, origin: play.origin }),
          }),
          ours: { differs: "copies-beget-no-copies", change: refusesAndClears },
        },
        opensNone("nor without itself", (play) => play.old.split("; ")[0]),
        anybody.get("nor when the database is asked", "/get-session?disableCookieCache=1", 200, {
          headers: (play) => ({ cookie: play.old }),
          body: null,
        }),
      ],
    },
    {
      under,
      name: `cookies of our own making, ${strategy}`,
      steps: [
        signsUp("ada"),
        ada.get("as the database has it", "/get-session?disableCookieCache=1", 200, {
          keep: { content: ({ json }) => ({ ...json, updatedAt: Date.now(), version: "1" }) },
        }),
        ...sealed("a good one answers", true),
        ...sealed("one that is over does not", false, { seconds: -60 }),
        ...sealed("nor one of another secret", false, {
          secret: "another secret, 0123456789abcdefghijklmnop",
        }),
        ...sealed("nor one of another version", false, { change: (content) => (content.version = "2") }),
        ...sealed("one of no version does", true, { change: (content) => delete content.version }),
        ...sealed("nor one of another session", false, {
          change: ({ session }) => (session.token = "a".repeat(32)),
        }),
        ...sealed("nor one of a session that is over", false, {
          change: ({ session }) => (session.expiresAt = new Date(Date.now() - 1000).toISOString()),
        }),
        ...sealed("nor one without a user", false, { change: (content) => delete content.user }),
      ],
    },
    {
      under,
      name: `a session grows old, ${strategy}`,
      steps: [
        signsUp("ada"),
        ages("ada", 90_000),
        isSignedIn("ada", "the cookie does not know"),
        anybody.get("is renewed without it", "/get-session", 200, {
          headers: (play) => ({ cookie: session(play) }),
        }),
        ages("ada", 90_000),
        { ...isSignedIn("ada", "is renewed when asked"), get: "/get-session?disableCookieCache=1" },
        ages("ada", 90_000),
        {
          ...ada.post("is renewed by a route that asks itself", "/revoke-other-sessions", {}),
          ours: { differs: "renewed-with-both-cookies", change: sendsTokenToo },
        },
        ages("ada", 900_000),
        isSignedIn("ada", "the cookie does not know that it is over"),
        { ...isSignedOut("ada", "but when asked"), get: "/get-session?disableCookieCache=1" },
      ],
    },
    {
      under,
      name: `a session too long for one cookie, ${strategy}`,
      steps: [
        {
          ...signsUp("ada"),
          json: ({ ada }) => ({
            name: "n".repeat(256),
            email: ada.email,
            password: ada.password,
            image: `https://example.com/${"i".repeat(2000)}`,
          }),
          headers: { "user-agent": "u".repeat(500) },
        },
        isSignedIn("ada"),
        { ...isSignedIn("ada", "again"), get: "/get-session?disableCookieCache=1" },
        ada.post("a picture less", "/update-user", { image: null }),
        isSignedIn("ada", "fits again"),
        ada.post("signing out", "/sign-out", {}),
      ],
    },
  ];
});
