import { refusesCallback } from "../differences.mjs";
import { ada, ages, anybody, isEqual, isSignedIn, isSignedOut, signsIn, signsUp } from "./steps.mjs";

const under = "default";
const post = "/sign-in/email";

/** Ada's own address and password but for what `more` says. */
const but =
  (more) =>
  ({ ada }) => ({ email: ada.email, password: ada.password, ...more });
const refused = (it, more, code, gives = 401) => anybody.post(it, post, but(more), gives, code);
const accepted = (it, more = {}, rest = {}) => ({ it, post, json: but(more), gives: 200, ...rest });

export const signIn = [
  {
    under,
    name: "sign-in",
    steps: [
      signsUp("ada"),
      signsIn("ada"),
      isSignedIn("ada"),
      anybody.post("in capitals", post, ({ ada }) => ({
        email: ada.email.toUpperCase(),
        password: ada.password,
      })),
      accepted("remembers", { rememberMe: true }),
      accepted("does not remember", { rememberMe: false }),
      accepted("ignores members it does not know", { zzz: 1, image: 5 }),
      accepted("takes an empty callback URL", { callbackURL: "" }),
      accepted("leads to a path", { callbackURL: "/dash" }, { location: "/dash" }),
      accepted(
        "leads to a path with a query",
        { callbackURL: "/dash?tab=1&x=%20#part" },
        { location: "/dash?tab=1&x=%20#part" },
      ),
      accepted(
        "leads to a trusted address",
        { callbackURL: "https://app.example.com/x" },
        { location: "https://app.example.com/x" },
      ),
      {
        ...accepted("leads to its own address"),
        json: ({ ada, origin }) => ({
          email: ada.email,
          password: ada.password,
          callbackURL: `${origin}/dash`,
        }),
        check: ({ json, header }, { origin }) => {
          isEqual(json.url, `${origin}/dash`);
          isEqual(header("location"), json.url);
        },
      },
      anybody.send("takes a form", post, [
        "application/x-www-form-urlencoded",
        ({ ada }) => `email=${encodeURIComponent(ada.email)}&password=${encodeURIComponent(ada.password)}`,
      ]),
      anybody.send(
        "takes a form with a callback URL",
        post,
        [
          "application/x-www-form-urlencoded",
          ({ ada }) =>
            `email=${encodeURIComponent(ada.email)}&password=${encodeURIComponent(ada.password)}&callbackURL=/x`,
        ],
        200,
        { location: "/x" },
      ),
      { ...signsIn("ada"), it: "while signed in" },
      isSignedIn("ada", "the newer session counts"),
    ],
  },
  {
    under,
    name: "sign-in that fails",
    steps: [
      signsUp("ada"),
      refused("the wrong password", { password: "not hers at all" }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("her password in capitals", { password: "PASSWORD OF ADA" }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("her password and a space", { password: "password of ada " }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("nobody's address", { email: "nobody@example.com" }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("a short password", { password: "x" }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("an empty password", { password: "" }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("a password of 128 characters", { password: "x".repeat(128) }, "INVALID_EMAIL_OR_PASSWORD"),
      refused("a password of 129 characters", { password: "x".repeat(129) }, "PASSWORD_TOO_LONG", 400),
      ...["nope", "", "a@localhost", "a b@x.com", "ü@x.com"].map((email) =>
        refused(`the address ${JSON.stringify(email)}`, { email }, "INVALID_EMAIL", 400),
      ),
      refused(
        "a bad address and a long password",
        { email: "x", password: "x".repeat(129) },
        "INVALID_EMAIL",
        400,
      ),
      refused("no address", { email: undefined }, "VALIDATION_ERROR", 400),
      refused("no password", { password: undefined }, "VALIDATION_ERROR", 400),
      refused("an address of null", { email: null }, "VALIDATION_ERROR", 400),
      refused("a password that is a number", { password: 12345678 }, "VALIDATION_ERROR", 400),
      refused("rememberMe as text", { rememberMe: "false" }, "VALIDATION_ERROR", 400),
      refused("rememberMe of null", { rememberMe: null }, "VALIDATION_ERROR", 400),
      refused("rememberMe as a number", { rememberMe: 1 }, "VALIDATION_ERROR", 400),
      anybody.post("an empty object", post, {}, 400, "VALIDATION_ERROR"),
      anybody.bare("no body", post, 400, "VALIDATION_ERROR"),
      anybody.post("an array", post, [], 400, "VALIDATION_ERROR"),
      anybody.post("null", post, null, 400, "VALIDATION_ERROR"),
      anybody.send("broken JSON", post, ["application/json", "{bad"], 400, "BAD_REQUEST"),
      anybody.send("plain text", post, ["text/plain", "{}"], 415, "UNSUPPORTED_MEDIA_TYPE"),
      anybody.send(
        "a form with rememberMe",
        post,
        ["application/x-www-form-urlencoded", ({ ada }) => `email=${ada.email}&password=x&rememberMe=false`],
        400,
        "VALIDATION_ERROR",
      ),
      isSignedIn("ada", "her session is untouched"),
    ],
  },
  {
    under,
    name: "sign-in and callback URLs",
    steps: [
      signsUp("ada"),
      ...[
        "https://evil.example/x",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a%2f..",
        "/a%5cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "relative",
        "http://app.example.com/x",
        "https://app.example.com.evil.example",
        "https://app.example.com:8443/x",
        "https://preview.example.com/x",
        "/\t/evil.example",
        "/a\nb",
        "http://127.0.0.1/x",
        " /x",
        "otherapp://x",
      ].map((callbackURL) =>
        refused(`not to ${JSON.stringify(callbackURL)}`, { callbackURL }, "INVALID_CALLBACK_URL", 403),
      ),
      ...[
        "/",
        "/a/b?c=d&e=f#g",
        "/a-b_c.~",
        "https://x.preview.example.com/p",
        "https://x.y.preview.example.com",
        "myapp://open",
      ].map((callbackURL) =>
        accepted(`to ${JSON.stringify(callbackURL)}`, { callbackURL }, { location: callbackURL }),
      ),
      {
        ...refused("a callback URL that is a number", { callbackURL: 5 }, undefined, 400),
        body: { message: "Invalid callbackURL: expected a string" },
      },
      {
        ...refused("a callback URL that is an object", { callbackURL: {} }, undefined, 400),
        body: { message: "Invalid callbackURL: expected a string" },
      },
      anybody.post(
        "the query's counts when the body has none",
        `${post}?callbackURL=https://evil.example`,
        but({}),
        403,
        "INVALID_CALLBACK_URL",
      ),
      refused("foreign redirectTo", { redirectTo: "https://evil.example" }, "INVALID_REDIRECT_URL", 403),
      refused(
        "foreign errorCallbackURL",
        { errorCallbackURL: "https://evil.example" },
        "INVALID_ERROR_CALLBACK_URL",
        403,
      ),
      refused(
        "foreign newUserCallbackURL",
        { newUserCallbackURL: "https://evil.example" },
        "INVALID_NEW_USER_CALLBACK_URL",
        403,
      ),
      refused(
        "before the password is looked at",
        { password: "wrong one", callbackURL: "//evil.example" },
        "INVALID_CALLBACK_URL",
        403,
      ),
    ],
  },
  {
    under,
    name: "sign-in and callback URLs that Tessera refuses",
    steps: [
      signsUp("ada"),
      accepted(
        "to the host of another application",
        { callbackURL: "other://callback" },
        { location: "other://callback" },
      ),
      refused(
        "to a longer host of it",
        { callbackURL: "other://callback.attacker.example" },
        "INVALID_CALLBACK_URL",
        403,
      ),
      ...["/ü", "/a//b", "https://somebody@app.example.com/", "https://app.example.com/a b"].map(
        (callbackURL) => ({
          ...accepted(`to ${JSON.stringify(callbackURL)}`, { callbackURL }),
          ours: refusesCallback,
        }),
      ),
    ],
  },
  {
    under,
    name: "sign-in by a browser of many words",
    steps: [
      signsUp("ada"),
      { ...signsIn("ada"), headers: { "user-agent": "u".repeat(600) } },
      {
        ...isSignedIn("ada", "is cut short"),
        ours: {
          differs: "short-user-agent",
          change(answer) {
            answer.body.session.userAgent = "u".repeat(512);
          },
        },
      },
    ],
  },
  {
    under,
    name: "a session that is not remembered",
    steps: [
      {
        ...signsUp("ada"),
        json: ({ ada }) => ({ name: ada.name, email: ada.email, password: ada.password, rememberMe: false }),
      },
      isSignedIn("ada"),
      ages("ada", 50_000),
      isSignedIn("ada", "is not renewed"),
      { ...signsIn("ada"), it: "signing in remembers again" },
      isSignedIn("ada"),
      { ...signsIn("ada", { rememberMe: false }), it: "and forgets again" },
      ada.post("signing out", "/sign-out", {}, 200, { body: { success: true } }),
      isSignedOut("ada"),
    ],
  },
];
