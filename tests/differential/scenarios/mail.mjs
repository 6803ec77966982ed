// Everything that goes by mail: resets, verification, another address, deletion.
import { leadsTo, refuses } from "../differences.mjs";
import { follows, readsMail, verification } from "./links.mjs";
import {
  act,
  ada,
  ages,
  anybody,
  bob,
  isEqual,
  isSignedIn,
  isSignedOut,
  mails,
  signsIn,
  signsUp,
} from "./steps.mjs";

const under = "mail";
const asked = (it, json, more = {}) => ({ it, post: "/request-password-reset", json, gives: 200, ...more });
const reset = (it, json, more = {}) => ({
  it,
  post: "/reset-password",
  json,
  gives: 200,
  body: { status: true },
  ...more,
});
const opensWith = (it, password, gives) =>
  ada.post(it, "/sign-in/email", ({ ada }) => ({ email: ada.email, password }), gives);
/** Ada has verified her address. */
const isVerified = act(({ query, ada }) =>
  query(
    `UPDATE "user" SET "emailVerified" = true, "updatedAt" = ? WHERE "email" = ?`,
    new Date().toISOString(),
    ada.email,
  ),
);

export const mail = [
  {
    under,
    name: "password reset",
    steps: [
      signsUp("ada"),
      isVerified,
      asked("of nobody", { email: "nobody@example.com" }),
      asked("no address", {}, { gives: 400, code: "VALIDATION_ERROR" }),
      asked("no real address", { email: "nope" }, { gives: 400, code: "VALIDATION_ERROR" }),
      asked("a foreign redirectTo", ({ ada }) => ({ email: ada.email, redirectTo: "https://evil.example" }), {
        gives: 403,
        code: "INVALID_REDIRECT_URL",
      }),
      asked("a number for redirectTo", ({ ada }) => ({ email: ada.email, redirectTo: 5 }), { gives: 400 }),
      asked("hers", ({ ada }) => ({ email: ada.email, redirectTo: "/reset?x=1" })),
      readsMail(),
      follows("the link leads to the page", 302, {
        location: ({ origin, mailToken }) => `${origin}/reset?x=1&token=${mailToken}`,
      }),
      follows("as often as it is followed", 302),
      reset("a short password", (play) => ({ newPassword: "short", token: play.mailToken }), {
        gives: 400,
        body: { message: "Password too short", code: "PASSWORD_TOO_SHORT" },
      }),
      reset("a long password", (play) => ({ newPassword: "x".repeat(129), token: play.mailToken }), {
        gives: 400,
        body: { message: "Password too long", code: "PASSWORD_TOO_LONG" },
      }),
      reset("no password", (play) => ({ token: play.mailToken }), {
        gives: 400,
        body: undefined,
        check: ({ json }) => isEqual(json.code, "VALIDATION_ERROR"),
      }),
      reset(
        "no token",
        { newPassword: "something new" },
        { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } },
      ),
      reset(
        "an unknown token",
        { newPassword: "something new", token: "nope" },
        { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } },
      ),
      reset("hers", (play) => ({ newPassword: "something new", token: play.mailToken })),
      reset("works once", (play) => ({ newPassword: "something else", token: play.mailToken }), {
        gives: 400,
        body: { message: "Invalid token", code: "INVALID_TOKEN" },
      }),
      follows("and the link once", 302, {
        location: ({ origin }) => `${origin}/reset?x=1&error=INVALID_TOKEN`,
      }),
      isSignedIn("ada", "her session stays"),
      opensWith("the old password is over", "password of ada", 401),
      opensWith("the new one opens", "something new", 200),
      asked("without a page", ({ ada }) => ({ email: ada.email.toUpperCase() })),
      readsMail(),
      follows("leads to the error page", 302, {
        location: ({ origin }) => `${origin}/api/auth/error?error=INVALID_TOKEN`,
      }),
      reset("by the query", undefined, {
        post: (play) => `/reset-password?token=${play.mailToken}`,
        json: { newPassword: "something third" },
      }),
      opensWith("the third opens", "something third", 200),
      asked("to a trusted page", ({ ada, origin }) => ({ email: ada.email, redirectTo: `${origin}/far` })),
      readsMail(),
      follows("leads there", 302, {
        location: ({ origin, mailToken }) => `${origin}/far?token=${mailToken}`,
      }),
      act((play) =>
        play.query(`UPDATE "verification" SET "expiresAt" = ?`, new Date(Date.now() - 1000).toISOString()),
      ),
      follows("not for ever", 302, { location: ({ origin }) => `${origin}/far?error=INVALID_TOKEN` }),
      reset("nor does its token", (play) => ({ newPassword: "something new", token: play.mailToken }), {
        gives: 400,
        body: { message: "Invalid token", code: "INVALID_TOKEN" },
      }),
      anybody.get("a link without a callback", "/reset-password/nope", 400, "VALIDATION_ERROR"),
      anybody.get(
        "a link to elsewhere",
        "/reset-password/nope?callbackURL=https://evil.example",
        403,
        "INVALID_CALLBACK_URL",
      ),
      anybody.get("an unknown link", "/reset-password/nope?callbackURL=/x", 302, {
        location: ({ origin }) => `${origin}/x?error=INVALID_TOKEN`,
      }),
      anybody.get("a link without a token", "/reset-password/?callbackURL=/x", 404),
    ],
  },
  {
    under,
    name: "password reset, of an address that nobody has verified",
    steps: [
      signsUp("ada"),
      asked("asks", ({ ada }) => ({ email: ada.email, redirectTo: "/reset" })),
      readsMail(),
      reset("resets", (play) => ({ newPassword: "something new", token: play.mailToken })),
      {
        ...isSignedIn("ada", "her session stays"),
        ours: {
          differs: "reset-of-unverified",
          change: (answer) =>
            Object.assign(answer, {
              headers: { "content-type": "application/json", pragma: "no-cache" },
              cookies: ["session_token", "session_data", "dont_remember"].map(
                (name) => `better-auth.${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
              ),
              body: null,
            }),
        },
      },
    ],
  },
  {
    under,
    name: "a reset link from before another reset",
    steps: [
      signsUp("ada"),
      asked("asks", ({ ada }) => ({ email: ada.email, redirectTo: "/reset" })),
      readsMail(),
      act((play) => {
        play.earlier = play.mailToken;
      }),
      asked("asks again", ({ ada }) => ({ email: ada.email, redirectTo: "/reset" })),
      readsMail(),
      reset("the later one", (play) => ({ newPassword: "something new", token: play.mailToken })),
      reset("the earlier one", (play) => ({ newPassword: "something else", token: play.earlier }), {
        ours: { differs: "old-links-end", change: refuses(400, "INVALID_TOKEN", "Invalid token") },
      }),
    ],
  },
  {
    under,
    name: "verification of an address",
    steps: [
      anybody.post("of nobody", "/send-verification-email", { email: "nobody@example.com" }, 200, {
        body: { status: true },
      }),
      anybody.post("no address", "/send-verification-email", {}, 400, "VALIDATION_ERROR"),
      anybody.post("no real address", "/send-verification-email", { email: "nope" }, 400, "VALIDATION_ERROR"),
      anybody.post(
        "a foreign callback URL",
        "/send-verification-email",
        { email: "x@example.com", callbackURL: "https://evil.example" },
        403,
        "INVALID_CALLBACK_URL",
      ),
      signsUp("ada"),
      ada.post(
        "somebody else's, while signed in",
        "/send-verification-email",
        { email: "zz@example.com" },
        400,
        "EMAIL_MISMATCH",
      ),
      ada.post(
        "hers",
        "/send-verification-email",
        ({ ada }) => ({ email: ada.email, callbackURL: "/welcome?x=1" }),
        200,
        { body: { status: true } },
      ),
      readsMail(),
      follows("the link", 302, { location: "/welcome?x=1" }),
      isSignedIn("ada", "is verified"),
      follows("again", 302, { location: "/welcome?x=1" }),
      ada.post(
        "hers again",
        "/send-verification-email",
        ({ ada }) => ({ email: ada.email }),
        400,
        "EMAIL_ALREADY_VERIFIED",
      ),
      anybody.get("a token without a callback", (play) => `/verify-email?token=${play.mailToken}`, 200, {
        body: { status: true, user: null },
      }),
      anybody.get("no token", "/verify-email", 400, "VALIDATION_ERROR"),
      anybody.get("nonsense", "/verify-email?token=nope", 401, "INVALID_TOKEN"),
      anybody.get("nonsense with a callback", "/verify-email?token=nope&callbackURL=/x?y=1", 302, {
        location: "/x?y=1&error=INVALID_TOKEN",
      }),
      anybody.get(
        "a callback elsewhere",
        "/verify-email?token=nope&callbackURL=https://evil.example",
        403,
        "INVALID_CALLBACK_URL",
      ),
      anybody.get(
        "a token that is too old",
        ({ ada }) =>
          `/verify-email?token=${verification({ email: ada.email, times: (now) => ({ iat: now - 4000, exp: now - 400 }) })}`,
        401,
        "TOKEN_EXPIRED",
      ),
      anybody.get(
        "a token that is too old, with a callback",
        ({ ada }) =>
          `/verify-email?token=${verification({ email: ada.email, times: (now) => ({ iat: now - 4000, exp: now - 400 }) })}&callbackURL=/x`,
        302,
        { location: "/x?error=TOKEN_EXPIRED" },
      ),
      anybody.get(
        "a token of nobody",
        `/verify-email?token=${verification({ email: "nobody@example.com" })}`,
        401,
        "USER_NOT_FOUND",
      ),
      anybody.get(
        "a token of another id",
        ({ ada }) => `/verify-email?token=${verification({ email: ada.email, userId: "zz" })}`,
        401,
        "INVALID_TOKEN",
      ),
      ada.get("a session's JWT", "/token", 200, { keep: { jwt: ({ json }) => json.token } }),
      anybody.get("is no such token", (play) => `/verify-email?token=${play.jwt}`, 401, "INVALID_TOKEN"),
    ],
  },
  {
    under,
    name: "another address",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      ada.post("the same", "/change-email", ({ ada }) => ({ newEmail: ada.email }), 400, {
        body: { message: "Email is the same" },
      }),
      ada.post(
        "the same in capitals",
        "/change-email",
        ({ ada }) => ({ newEmail: ada.email.toUpperCase() }),
        400,
        { body: { message: "Email is the same" } },
      ),
      ada.post("somebody else's", "/change-email", ({ bob }) => ({ newEmail: bob.email }), 200, {
        body: { status: true },
      }),
      ada.post(
        "a foreign callback URL",
        "/change-email",
        { newEmail: "n@example.com", callbackURL: "//evil.example" },
        403,
        "INVALID_CALLBACK_URL",
      ),
      ada.post(
        "one of her own",
        "/change-email",
        (play) => ({ newEmail: play.address("new"), callbackURL: "/moved" }),
        200,
        { body: { status: true } },
      ),
      readsMail("new"),
      follows("the link in the mail to the new address", 302, { location: "/moved" }),
      ada.get("has changed it", "/get-session", 200, {
        check: ({ json }, play) => isEqual(json.user.email, play.address("new")),
      }),
      follows("works once", 302, { location: "/moved?error=INVALID_TOKEN" }),
      anybody.post("the new address opens", "/sign-in/email", (play) => ({
        email: play.address("new"),
        password: play.ada.password,
      })),
      anybody.post(
        "the old one does not",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        401,
      ),
    ],
  },
  {
    under,
    name: "another address of somebody verified",
    steps: [
      signsUp("ada"),
      isVerified,
      ada.post(
        "asks",
        "/change-email",
        (play) => ({ newEmail: play.address("next"), callbackURL: "/moved" }),
        200,
        { body: { status: true } },
      ),
      readsMail(),
      follows("the old address confirms", 302, { location: "/moved" }),
      ada.get("nothing has changed yet", "/get-session", 200, {
        check: ({ json }, play) => isEqual(json.user.email, play.address("ada")),
      }),
      readsMail("next"),
      follows("the new address verifies", 302, { location: "/moved" }),
      ada.get("and it has changed", "/get-session", 200, {
        check: ({ json }, play) => isEqual(json.user.email, play.address("next")),
      }),
    ],
  },
  {
    under,
    name: "deletion by mail",
    steps: [
      signsUp("ada"),
      anybody.post("without a session", "/delete-user", {}, 401, "UNAUTHORIZED"),
      ada.post(
        "with the wrong password",
        "/delete-user",
        { password: "not hers at all" },
        400,
        "INVALID_PASSWORD",
      ),
      ada.post("with an unknown token", "/delete-user", { token: "nope" }, 404, "INVALID_TOKEN"),
      ada.post(
        "with a foreign callback URL",
        "/delete-user",
        { callbackURL: "https://evil.example" },
        403,
        "INVALID_CALLBACK_URL",
      ),
      ada.post("asks", "/delete-user", { callbackURL: "/bye" }, 200, {
        body: { success: true, message: "Verification email sent" },
      }),
      readsMail(),
      {
        ...anybody.get("the link without a session", (play) => play.mailed, 404, "FAILED_TO_GET_USER_INFO"),
        ours: { differs: "dead-deletion-link", change: leadsTo("/bye?error=FAILED_TO_GET_USER_INFO") },
      },
      ada.get("an unknown link", "/delete-user/callback?token=nope", 404, "INVALID_TOKEN"),
      ada.get(
        "a link to elsewhere",
        "/delete-user/callback?token=nope&callbackURL=https://evil.example",
        403,
        "INVALID_CALLBACK_URL",
      ),
      isSignedIn("ada", "she is still there"),
      follows("the link", 302, { location: "/bye" }),
      isSignedOut("ada"),
      anybody.post(
        "she is gone",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        401,
      ),
      { ...signsUp("ada"), it: "and may come again" },
      ada.post("asks again", "/delete-user", {}, 200, {
        body: { success: true, message: "Verification email sent" },
      }),
      readsMail(),
      ada.post("and sends the token back", "/delete-user", (play) => ({ token: play.mailToken }), 200, {
        body: { success: true, message: "User deleted" },
      }),
      isSignedOut("ada"),
    ],
  },
  {
    under,
    name: "somebody else's links",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      ada.post("ada asks to be deleted", "/delete-user", {}),
      readsMail(),
      {
        ...bob.get("bob follows her link", (play) => play.mailed, 404, "INVALID_TOKEN"),
        ours: { differs: "dead-deletion-link", change: leadsTo("/?error=INVALID_TOKEN") },
      },
      isSignedIn("ada"),
      isSignedIn("bob"),
      ada.post("ada asks for another address", "/change-email", (play) => ({
        newEmail: play.address("new"),
      })),
      readsMail("new"),
      bob.get("bob follows that", (play) => play.mailed, 302),
      isSignedIn("ada", "her address is as it was"),
    ],
  },
];

const verified = "verified addresses only";

export const verification_required = [
  {
    under: verified,
    name: "an address that has to be verified",
    steps: [
      { ...signsUp("ada"), check: ({ json }) => isEqual(json.token, null) },
      isSignedOut("ada"),
      anybody.post("signing up again looks the same", "/sign-up/email", ({ ada }) => ({
        name: "Eve",
        email: ada.email,
        password: "another one",
      })),
      anybody.post(
        "signing in",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        403,
        "EMAIL_NOT_VERIFIED",
      ),
      anybody.post(
        "with the wrong password",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: "not hers at all" }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      ),
      mails("two mails", "ada", 2),
      readsMail(),
      follows("the link signs in", 302, { location: "/" }),
      isSignedIn("ada"),
      ada.post("and out", "/sign-out", {}),
      signsIn("ada"),
      isSignedIn("ada"),
    ],
  },
];

const strict = "no sign-in after sign-up, sessions end with a reset";

export const strictly = [
  {
    under: strict,
    name: "sign-up without sign-in",
    steps: [
      { ...signsUp("ada"), check: ({ json }) => isEqual(json.token, null) },
      isSignedOut("ada"),
      anybody.post("signing up again looks the same", "/sign-up/email", ({ ada }) => ({
        name: "Eve",
        email: ada.email,
        password: "another one",
        image: "i",
      })),
      readsMail(),
      follows("a mail was sent", 302, { location: "/" }),
      isSignedOut("ada", "which does not sign in"),
      signsIn("ada"),
      isSignedIn("ada"),
    ],
  },
  {
    under: strict,
    name: "a reset that ends sessions",
    steps: [
      signsUp("ada"),
      signsIn("ada"),
      asked("asks", ({ ada }) => ({ email: ada.email, redirectTo: "/reset" })),
      readsMail(),
      reset("resets", (play) => ({ newPassword: "something new", token: play.mailToken })),
      isSignedOut("ada"),
    ],
  },
  {
    under: strict,
    name: "another address at once",
    steps: [
      signsUp("ada"),
      signsIn("ada"),
      ada.post("asks", "/change-email", (play) => ({ newEmail: play.address("new") }), 200, {
        body: { status: true },
      }),
      ada.get("has it", "/get-session", 200, {
        check: ({ json }, play) => isEqual(json.user.email, play.address("new")),
      }),
      readsMail("new"),
      follows("and verifies it", 302, { location: "/" }),
      ada.get("verified", "/get-session", 200, {
        check: ({ json }) => isEqual(json.user.emailVerified, true),
      }),
    ],
  },
  {
    under: strict,
    name: "deletion at once",
    steps: [
      signsUp("ada"),
      signsIn("ada"),
      ada.post(
        "with the wrong password",
        "/delete-user",
        { password: "not hers at all" },
        400,
        "INVALID_PASSWORD",
      ),
      ages("ada", 90_000),
      ada.post("not fresh, without a password", "/delete-user", {}, 400, "SESSION_EXPIRED"),
      ada.post("not fresh, with it", "/delete-user", ({ ada }) => ({ password: ada.password }), 200, {
        body: { success: true, message: "User deleted" },
      }),
      isSignedOut("ada"),
      anybody.post(
        "she is gone",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        401,
      ),
      signsUp("bob"),
      signsIn("bob"),
      bob.post("fresh, without a password", "/delete-user", {}, 200, {
        body: { success: true, message: "User deleted" },
      }),
      isSignedOut("bob"),
    ],
  },
];
