// The links in mails: followed, made by somebody who has the secret, followed by somebody else.
import { createHmac } from "node:crypto";
import { leadsTo, refuses, refusesCallback } from "../differences.mjs";
import { SECRET } from "../servers.mjs";
import { act, ada, anybody, bob, isEqual, isSignedIn, mails, signsUp } from "./steps.mjs";

const under = "mail";

/** Reads the next mail to Ada, or to an address of this scenario. */
export const readsMail = (local = "ada") =>
  act(async (play) => {
    play.mailed = await play.link(play.address(local));
    play.mailToken = play.mailed
      .match(/reset-password\/([^?]+)|token=([^&]+)/)
      .slice(1)
      .find(Boolean);
  });

/** Ada follows the link that was read last. */
export const follows = (it, gives, more = {}) => ({
  it,
  as: "ada",
  get: (play) => play.mailed,
  gives,
  ...more,
});

/** A token for verification links, with these claims; `times` makes its times of now. */
export function verification({ times, ...claims }, header = { alg: "HS256" }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part(header)}.${part({ ...claims, ...(times?.(now) ?? { iat: now, exp: now + 3600 }) })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

/** A link that somebody made who has the secret. */
const made = (it, claims, gives, more = {}, header = undefined) =>
  anybody.get(it, (play) => `/verify-email?token=${verification(claims(play), header)}`, gives, more);
const knowsId = act(async (play) => {
  [{ id: play.id }] = await play.query(`SELECT "id" FROM "user" WHERE "email" = ?`, play.ada.email);
});
const hasAddress = (it, local, emailVerified) =>
  ada.get(it, "/get-session", 200, {
    check({ json }, play) {
      isEqual(json.user.email, play.address(local));
      isEqual(json.user.emailVerified, emailVerified);
    },
  });

/** For a step's `ours`: claims of no kind that Tessera makes. */
const noSuchClaims = {
  differs: "verification-claims",
  change: refuses(401, "INVALID_TOKEN", "Invalid token"),
};

const leadingTo = (route, url) => `${route}${route.includes("?") ? "&" : "?"}callbackURL=${url}`;

/** A callback URL that the npm package writes anew, and Tessera follows as it was written. */
const rewritten = (route, written, npm) =>
  anybody.get(`${route} leads to ${written}`, leadingTo(route, written), 302, {
    ours: {
      differs: "callback-urls-as-written",
      change(answer) {
        answer.headers.location = answer.headers.location.replace(npm, written);
      },
    },
  });

export const links = [
  {
    under: "default",
    name: "links that lead elsewhere",
    steps: [
      ...[
        "/x",
        "/x?y=1",
        "/x%23part",
        "/x%3Fa%3Db%23part",
        "myapp://open",
        "https://app.example.com/a?b",
      ].flatMap((to) => [
        anybody.get(`a reset leads to ${to}`, `/reset-password/nope?callbackURL=${to}`, 302),
        anybody.get(`a verification leads to ${to}`, `/verify-email?token=nope&callbackURL=${to}`, 302),
      ]),
      ...[
        "relative",
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "http://app.example.com",
      ].flatMap((to) => [
        anybody.get(
          `a reset not to ${to}`,
          `/reset-password/nope?callbackURL=${to}`,
          403,
          "INVALID_CALLBACK_URL",
        ),
        anybody.get(
          `a verification not to ${to}`,
          `/verify-email?token=nope&callbackURL=${to}`,
          403,
          "INVALID_CALLBACK_URL",
        ),
      ]),
      ...["/reset-password/nope", "/verify-email?token=nope"].flatMap((route) => [
        rewritten(route, "/a/../b", "/b"),
        rewritten(route, "https://app.example.com:443/x", "https://app.example.com/x"),
        {
          ...anybody.get(`${route} to a page with a space`, leadingTo(route, "/x+y"), 302),
          ours: refusesCallback,
        },
      ]),
      anybody.post(
        "two tokens in a query",
        "/reset-password?token=a&token=b",
        { newPassword: "something new" },
        400,
        "VALIDATION_ERROR",
      ),
    ],
  },
  {
    under,
    name: "verification links of our own making",
    steps: [
      signsUp("ada"),
      knowsId,
      made("unsigned", ({ ada }) => ({ email: ada.email }), 401, "INVALID_TOKEN", { alg: "none" }),
      made("of another algorithm", ({ ada }) => ({ email: ada.email }), 401, "INVALID_TOKEN", {
        alg: "HS512",
      }),
      made("not yet valid", ({ ada }) => ({ email: ada.email, times: (now) => ({ nbf: now + 600 }) }), 401, {
        code: "INVALID_TOKEN",
      }),
      made("without an address", () => ({}), 500, { body: "", ours: noSuchClaims }),
      made("with no real address", () => ({ email: "nope" }), 500, { body: "", ours: noSuchClaims }),
      made("with a number for an id", ({ ada }) => ({ email: ada.email, userId: 5 }), 500, {
        body: "",
        ours: noSuchClaims,
      }),
      made(
        "to another address, of nobody in particular",
        (play) => ({ email: play.ada.email, updateTo: play.address("new") }),
        401,
        "INVALID_TOKEN",
      ),
      made(
        "to another address, of an unknown id",
        (play) => ({ email: play.ada.email, updateTo: play.address("new"), userId: "zz" }),
        401,
        { code: "USER_NOT_FOUND", ours: noSuchClaims },
      ),
      made(
        "to another address, from one that is not hers",
        (play) => ({ email: play.address("not"), updateTo: play.address("new"), userId: play.id }),
        401,
        "INVALID_TOKEN",
      ),
      hasAddress("nothing has changed", "ada", false),
      made("hers", ({ ada }) => ({ email: ada.email }), 200, { body: { status: true, user: null } }),
      hasAddress("is verified", "ada", true),
      made(
        "without a time at which it ends",
        ({ ada }) => ({ email: ada.email, times: () => ({}) }),
        200,
        { body: { status: true, user: null }, ours: noSuchClaims },
      ),
      made(
        "to another address, as older versions made them",
        (play) => ({ email: play.ada.email, updateTo: play.address("new"), userId: play.id }),
        200,
        { check: ({ json }, play) => isEqual(json.user.email, play.address("new")), ours: noSuchClaims },
      ),
    ],
  },
  {
    under,
    name: "links to another address",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      ada.post("asks", "/change-email", (play) => ({ newEmail: play.address("new"), callbackURL: "/a?b=c" })),
      mails("one mail, to the new address", "new", 1),
      mails("none to the old one", "ada", 0),
      readsMail("new"),
      bob.get(
        "somebody else may not",
        (play) => play.mailed.replace(/&callbackURL=.*/, ""),
        401,
        "INVALID_USER",
      ),
      bob.get("nor with a callback", (play) => play.mailed, 302, { location: "/a?b=c&error=INVALID_USER" }),
      hasAddress("nothing has changed", "ada", false),
      anybody.get(
        "without a session it is enough",
        (play) => play.mailed.replace(/&callbackURL=.*/, ""),
        200,
        { check: ({ json }, play) => isEqual(json.user.email, play.address("new")) },
      ),
      hasAddress("has changed it", "new", false),
      anybody.get("works once", (play) => play.mailed.replace(/&callbackURL=.*/, ""), 401, "INVALID_TOKEN"),
      isSignedIn("bob"),
    ],
  },
  {
    under,
    name: "a new address that somebody takes meanwhile",
    steps: [
      signsUp("ada"),
      ada.post("asks", "/change-email", (play) => ({ newEmail: play.address("bob"), callbackURL: "/moved" })),
      readsMail("bob"),
      signsUp("bob"),
      follows("the link", 500, {
        body: "",
        ours: { differs: "address-taken-meanwhile", change: leadsTo("/moved?error=INVALID_TOKEN") },
      }),
      hasAddress("nothing has changed", "ada", false),
      isSignedIn("bob"),
    ],
  },
  {
    under,
    name: "mails side by side",
    steps: [
      signsUp("ada"),
      mails("none for signing up", "ada", 0),
      anybody.post(
        "a reset in capitals",
        "/request-password-reset",
        ({ ada }) => ({ email: ada.email.toUpperCase(), redirectTo: "/reset?x=1&y=%C3%A4" }),
        200,
        { headers: { origin: "https://elsewhere.example" } },
      ),
      mails("one", "ada", 1),
      anybody.post(
        "a reset that leads to a page with an umlaut",
        "/request-password-reset",
        { email: "nobody@example.com", redirectTo: "/reset?y=ä" },
        200,
        {
          ours: {
            differs: "plain-callback-urls",
            change: refuses(403, "INVALID_REDIRECT_URL", "Invalid redirectURL"),
          },
        },
      ),
      ada.post("a verification", "/send-verification-email", ({ ada }) => ({ email: ada.email })),
      ada.post("a deletion", "/delete-user", ({ ada }) => ({ password: ada.password, callbackURL: "/bye" })),
      mails("three", "ada", 3),
    ],
  },
  {
    under,
    name: "bodies of the routes that mail",
    steps: [
      signsUp("ada"),
      ...["/request-password-reset", "/send-verification-email", "/reset-password"].flatMap((post) => [
        anybody.bare(`${post} without a body`, post, 400, "VALIDATION_ERROR"),
        anybody.post(`${post} with an array`, post, [], 400, "VALIDATION_ERROR"),
        anybody.post(`${post} with null`, post, null, 400, "VALIDATION_ERROR"),
        anybody.post(
          `${post} with numbers`,
          post,
          { email: 1, newPassword: 2, token: 3 },
          400,
          "VALIDATION_ERROR",
        ),
        anybody.send(`${post} as a form`, post, ["application/x-www-form-urlencoded", "email=a"], 415),
        anybody.post(`${post} with a cookie and no origin`, post, {}, 403, {
          code: "MISSING_OR_NULL_ORIGIN",
          headers: { cookie: "a=b" },
        }),
      ]),
      ...["/change-email", "/delete-user"].flatMap((post) => [
        ada.bare(`${post} without a body`, post, 400, "VALIDATION_ERROR"),
        ada.post(`${post} with an array`, post, [], 400, "VALIDATION_ERROR"),
        ada.post(
          `${post} with numbers`,
          post,
          { newEmail: 1, password: 2, token: 3 },
          400,
          "VALIDATION_ERROR",
        ),
        ada.post(`${post} with a number for callbackURL`, post, { callbackURL: 5 }, 400),
        anybody.post(`${post} without a session`, post, { newEmail: "x@example.com" }, 401, "UNAUTHORIZED"),
      ]),
      ada.post("an empty password", "/delete-user", { password: "" }, 200, {
        body: { success: true, message: "Verification email sent" },
      }),
      ada.post("a password that is too long", "/delete-user", { password: "x".repeat(129) }, 400),
      ada.post("a new address in capitals", "/change-email", (play) => ({
        newEmail: play.address("new").toUpperCase(),
      })),
      mails("goes to small letters", "new", 1),
      anybody.post(
        "both tokens",
        "/reset-password?token=nope",
        { newPassword: "something new", token: "" },
        400,
        "INVALID_TOKEN",
      ),
      anybody.get("verify-email without a session or a callback", "/verify-email?token=&callbackURL=", 401),
      anybody.get("two tokens", "/verify-email?token=a&token=b", 400),
      anybody.get("delete-user/callback twice", "/delete-user/callback?token=a&token=b", 400),
    ],
  },
];
