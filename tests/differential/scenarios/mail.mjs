// Everything that goes by mail: resets, verification, another address, deletion.
import { createHmac } from "node:crypto";
import { SECRET } from "../servers.mjs";
import { isSignedIn, isSignedOut, signsIn, signsUp } from "./people.mjs";

const under = "mail";
const asked = (it, json, more = {}) => ({ it, post: "/request-password-reset", json, gives: 200, ...more });
const reset = (it, json, more = {}) => ({ it, post: "/reset-password", json, gives: 200, body: { status: true }, ...more });
const opensWith = (it, password, gives) => ({ it, as: "ada", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password }), gives });

/** Reads the newest mail to Ada, or to an address of this scenario. */
const readsMail = (local = "ada") => ({
  act: async (play) => {
    play.mailed = await play.link(play.address(local));
    play.mailToken = play.mailed.match(/reset-password\/([^?]+)|token=([^&]+)/).slice(1).find(Boolean);
  },
});
const follows = (it, gives, more = {}) => ({ it, as: "ada", get: (play) => play.mailed, gives, ...more });

/** A token for verification links, with these claims. */
function verification(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256" })}.${part({ ...claims, iat: now, exp: now + 3600, ...claims.times?.(now), times: undefined })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

export const mail = [
  {
    under,
    name: "password reset",
    steps: [
      signsUp("ada"),
      asked("of nobody", { email: "nobody@example.com" }),
      asked("no address", {}, { gives: 400, code: "VALIDATION_ERROR" }),
      asked("no real address", { email: "nope" }, { gives: 400, code: "VALIDATION_ERROR" }),
      asked("a foreign redirectTo", ({ ada }) => ({ email: ada.email, redirectTo: "https://evil.example" }), { gives: 403, code: "INVALID_REDIRECT_URL" }),
      asked("a number for redirectTo", ({ ada }) => ({ email: ada.email, redirectTo: 5 }), { gives: 400 }),
      asked("hers", ({ ada }) => ({ email: ada.email, redirectTo: "/reset?x=1" })),
      readsMail(),
      follows("the link leads to the page", 302, {
        location: ({ origin, mailToken }) => `${origin}/reset?x=1&token=${mailToken}`,
      }),
      follows("as often as it is followed", 302),
      reset("a short password", (play) => ({ newPassword: "short", token: play.mailToken }), { gives: 400, body: { message: "Password too short", code: "PASSWORD_TOO_SHORT" } }),
      reset("a long password", (play) => ({ newPassword: "x".repeat(129), token: play.mailToken }), { gives: 400, body: { message: "Password too long", code: "PASSWORD_TOO_LONG" } }),
      reset("no password", (play) => ({ token: play.mailToken }), { gives: 400, body: undefined, check: ({ json }) => { if (json.code !== "VALIDATION_ERROR") throw new Error(json.code); } }),
      reset("no token", { newPassword: "something new" }, { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } }),
      reset("an unknown token", { newPassword: "something new", token: "nope" }, { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } }),
      reset("hers", (play) => ({ newPassword: "something new", token: play.mailToken })),
      reset("works once", (play) => ({ newPassword: "something else", token: play.mailToken }), { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } }),
      follows("and the link once", 302, { location: ({ origin }) => `${origin}/reset?x=1&error=INVALID_TOKEN` }),
      isSignedIn("ada", "her session stays"),
      opensWith("the old password is over", "password of ada", 401),
      opensWith("the new one opens", "something new", 200),
      asked("without a page", ({ ada }) => ({ email: ada.email.toUpperCase() })),
      readsMail(),
      follows("leads to the error page", 302, { location: ({ origin }) => `${origin}/api/auth/error?error=INVALID_TOKEN` }),
      reset("by the query", undefined, { post: (play) => `/reset-password?token=${play.mailToken}`, json: { newPassword: "something third" } }),
      opensWith("the third opens", "something third", 200),
      asked("to a trusted page", ({ ada, origin }) => ({ email: ada.email, redirectTo: `${origin}/far` })),
      readsMail(),
      follows("leads there", 302, { location: ({ origin, mailToken }) => `${origin}/far?token=${mailToken}` }),
      { act: (play) => play.query(`UPDATE "verification" SET "expiresAt" = ?`, new Date(Date.now() - 1000).toISOString()) },
      follows("not for ever", 302, { location: ({ origin }) => `${origin}/far?error=INVALID_TOKEN` }),
      reset("nor does its token", (play) => ({ newPassword: "something new", token: play.mailToken }), { gives: 400, body: { message: "Invalid token", code: "INVALID_TOKEN" } }),
      { it: "a link without a callback", get: "/reset-password/nope", gives: 400, code: "VALIDATION_ERROR" },
      { it: "a link to elsewhere", get: "/reset-password/nope?callbackURL=https://evil.example", gives: 403, code: "INVALID_CALLBACK_URL" },
      { it: "an unknown link", get: "/reset-password/nope?callbackURL=/x", gives: 302, location: ({ origin }) => `${origin}/x?error=INVALID_TOKEN` },
      { it: "a link without a token", get: "/reset-password/?callbackURL=/x", gives: 404 },
    ],
  },
  {
    under,
    name: "verification of an address",
    steps: [
      { it: "of nobody", post: "/send-verification-email", json: { email: "nobody@example.com" }, gives: 200, body: { status: true } },
      { it: "no address", post: "/send-verification-email", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      { it: "no real address", post: "/send-verification-email", json: { email: "nope" }, gives: 400, code: "VALIDATION_ERROR" },
      { it: "a foreign callback URL", post: "/send-verification-email", json: { email: "x@example.com", callbackURL: "https://evil.example" }, gives: 403, code: "INVALID_CALLBACK_URL" },
      signsUp("ada"),
      { it: "somebody else's, while signed in", as: "ada", post: "/send-verification-email", json: { email: "zz@example.com" }, gives: 400, code: "EMAIL_MISMATCH" },
      { it: "hers", as: "ada", post: "/send-verification-email", json: ({ ada }) => ({ email: ada.email, callbackURL: "/welcome?x=1" }), gives: 200, body: { status: true } },
      readsMail(),
      follows("the link", 302, { location: "/welcome?x=1" }),
      isSignedIn("ada", "is verified"),
      follows("again", 302, { location: "/welcome?x=1" }),
      { it: "hers again", as: "ada", post: "/send-verification-email", json: ({ ada }) => ({ email: ada.email }), gives: 400, code: "EMAIL_ALREADY_VERIFIED" },
      { it: "a token without a callback", get: (play) => `/verify-email?token=${play.mailToken}`, gives: 200, body: { status: true, user: null } },
      { it: "no token", get: "/verify-email", gives: 400, code: "VALIDATION_ERROR" },
      { it: "nonsense", get: "/verify-email?token=nope", gives: 401, code: "INVALID_TOKEN" },
      { it: "nonsense with a callback", get: "/verify-email?token=nope&callbackURL=/x?y=1", gives: 302, location: "/x?y=1&error=INVALID_TOKEN" },
      { it: "a callback elsewhere", get: "/verify-email?token=nope&callbackURL=https://evil.example", gives: 403, code: "INVALID_CALLBACK_URL" },
      {
        it: "a token that is too old", gives: 401, code: "TOKEN_EXPIRED",
        get: ({ ada }) => `/verify-email?token=${verification({ email: ada.email, times: (now) => ({ iat: now - 4000, exp: now - 400 }) })}`,
      },
      {
        it: "a token that is too old, with a callback", gives: 302, location: "/x?error=TOKEN_EXPIRED",
        get: ({ ada }) => `/verify-email?token=${verification({ email: ada.email, times: (now) => ({ iat: now - 4000, exp: now - 400 }) })}&callbackURL=/x`,
      },
      { it: "a token of nobody", get: `/verify-email?token=${verification({ email: "nobody@example.com" })}`, gives: 401, code: "USER_NOT_FOUND" },
      { it: "a token of another id", get: ({ ada }) => `/verify-email?token=${verification({ email: ada.email, userId: "zz" })}`, gives: 401, code: "INVALID_TOKEN" },
      { it: "a session's JWT", as: "ada", get: "/token", gives: 200, keep: { jwt: ({ json }) => json.token } },
      { it: "is no such token", get: (play) => `/verify-email?token=${play.jwt}`, gives: 401, code: "INVALID_TOKEN" },
    ],
  },
  {
    under,
    name: "another address",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      { it: "the same", as: "ada", post: "/change-email", json: ({ ada }) => ({ newEmail: ada.email }), gives: 400, body: { message: "Email is the same" } },
      { it: "the same in capitals", as: "ada", post: "/change-email", json: ({ ada }) => ({ newEmail: ada.email.toUpperCase() }), gives: 400, body: { message: "Email is the same" } },
      { it: "somebody else's", as: "ada", post: "/change-email", json: ({ bob }) => ({ newEmail: bob.email }), gives: 200, body: { status: true } },
      { it: "a foreign callback URL", as: "ada", post: "/change-email", json: { newEmail: "n@example.com", callbackURL: "//evil.example" }, gives: 403, code: "INVALID_CALLBACK_URL" },
      { it: "one of her own", as: "ada", post: "/change-email", json: (play) => ({ newEmail: play.address("new"), callbackURL: "/moved" }), gives: 200, body: { status: true } },
      readsMail("new"),
      follows("the link in the mail to the new address", 302, { location: "/moved" }),
      { it: "has changed it", as: "ada", get: "/get-session", gives: 200, check: ({ json }) => { if (!json.user.email.startsWith("new@")) throw new Error(json.user.email); } },
      follows("works once", 302, { location: "/moved?error=INVALID_TOKEN" }),
      { it: "the new address opens", post: "/sign-in/email", json: (play) => ({ email: play.address("new"), password: play.ada.password }), gives: 200 },
      { it: "the old one does not", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), gives: 401 },
    ],
  },
  {
    under,
    name: "another address of somebody verified",
    steps: [
      signsUp("ada"),
      { act: (play) => play.query(`UPDATE "user" SET "emailVerified" = ${process.env.DIFFERENTIAL_POSTGRES ? "true" : "1"} WHERE "email" = ?`, play.ada.email) },
      { it: "asks", as: "ada", post: "/change-email", json: (play) => ({ newEmail: play.address("next"), callbackURL: "/moved" }), gives: 200, body: { status: true } },
      readsMail(),
      follows("the old address confirms", 302, { location: "/moved" }),
      { it: "nothing has changed yet", as: "ada", get: "/get-session", gives: 200, check: ({ json }) => { if (!json.user.email.startsWith("ada@")) throw new Error(json.user.email); } },
      readsMail("next"),
      follows("the new address verifies", 302, { location: "/moved" }),
      { it: "and it has changed", as: "ada", get: "/get-session", gives: 200, check: ({ json }) => { if (!json.user.email.startsWith("next@")) throw new Error(json.user.email); } },
    ],
  },
  {
    under,
    name: "deletion by mail",
    steps: [
      signsUp("ada"),
      { it: "without a session", post: "/delete-user", json: {}, gives: 401, code: "UNAUTHORIZED" },
      { it: "with the wrong password", as: "ada", post: "/delete-user", json: { password: "not hers at all" }, gives: 400, code: "INVALID_PASSWORD" },
      { it: "with an unknown token", as: "ada", post: "/delete-user", json: { token: "nope" }, gives: 404, code: "INVALID_TOKEN" },
      { it: "with a foreign callback URL", as: "ada", post: "/delete-user", json: { callbackURL: "https://evil.example" }, gives: 403, code: "INVALID_CALLBACK_URL" },
      { it: "asks", as: "ada", post: "/delete-user", json: { callbackURL: "/bye" }, gives: 200, body: { success: true, message: "Verification email sent" } },
      readsMail(),
      { it: "the link without a session", get: (play) => play.mailed, gives: 404, code: "FAILED_TO_GET_USER_INFO" },
      { it: "an unknown link", as: "ada", get: "/delete-user/callback?token=nope", gives: 404, code: "INVALID_TOKEN" },
      { it: "a link to elsewhere", as: "ada", get: "/delete-user/callback?token=nope&callbackURL=https://evil.example", gives: 403, code: "INVALID_CALLBACK_URL" },
      isSignedIn("ada", "she is still there"),
      follows("the link", 302, { location: "/bye" }),
      isSignedOut("ada"),
      { it: "she is gone", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), gives: 401 },
      { ...signsUp("ada"), it: "and may come again" },
      { it: "asks again", as: "ada", post: "/delete-user", json: {}, gives: 200, body: { success: true, message: "Verification email sent" } },
      readsMail(),
      { it: "and sends the token back", as: "ada", post: "/delete-user", json: (play) => ({ token: play.mailToken }), gives: 200, body: { success: true, message: "User deleted" } },
      isSignedOut("ada"),
    ],
  },
  {
    under,
    name: "somebody else's links",
    steps: [
      signsUp("ada"),
      signsUp("bob"),
      { it: "ada asks to be deleted", as: "ada", post: "/delete-user", json: {}, gives: 200 },
      readsMail(),
      { it: "bob follows her link", as: "bob", get: (play) => play.mailed, gives: 404, code: "INVALID_TOKEN" },
      isSignedIn("ada"),
      isSignedIn("bob"),
      { it: "ada asks for another address", as: "ada", post: "/change-email", json: (play) => ({ newEmail: play.address("new") }), gives: 200 },
      readsMail("new"),
      { it: "bob follows that", as: "bob", get: (play) => play.mailed, gives: 302 },
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
      { ...signsUp("ada"), check: ({ json }) => { if (json.token !== null) throw new Error("a token"); } },
      isSignedOut("ada"),
      { it: "signing up again looks the same", post: "/sign-up/email", json: ({ ada }) => ({ name: "Eve", email: ada.email, password: "another one" }), gives: 200 },
      { it: "signing in", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), gives: 403, code: "EMAIL_NOT_VERIFIED" },
      { it: "with the wrong password", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: "not hers at all" }), gives: 401, code: "INVALID_EMAIL_OR_PASSWORD" },
      { act: async (play) => { play.count = (await play.mails(play.ada.email)).length; if (play.count !== 2) throw new Error(`${play.count} mails`); } },
      readsMail(),
      follows("the link signs in", 302, { location: "/" }),
      isSignedIn("ada"),
      { it: "and out", as: "ada", post: "/sign-out", json: {}, gives: 200 },
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
      { ...signsUp("ada"), check: ({ json }) => { if (json.token !== null) throw new Error("a token"); } },
      isSignedOut("ada"),
      { it: "signing up again looks the same", post: "/sign-up/email", json: ({ ada }) => ({ name: "Eve", email: ada.email, password: "another one", image: "i" }), gives: 200 },
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
      { it: "asks", as: "ada", post: "/change-email", json: (play) => ({ newEmail: play.address("new") }), gives: 200, body: { status: true } },
      { it: "has it", as: "ada", get: "/get-session", gives: 200, check: ({ json }) => { if (!json.user.email.startsWith("new@")) throw new Error(json.user.email); } },
      readsMail("new"),
      follows("and verifies it", 302, { location: "/" }),
      { it: "verified", as: "ada", get: "/get-session", gives: 200, check: ({ json }) => { if (!json.user.emailVerified) throw new Error("not verified"); } },
    ],
  },
  {
    under: strict,
    name: "deletion at once",
    steps: [
      signsUp("ada"),
      signsIn("ada"),
      { it: "with the wrong password", as: "ada", post: "/delete-user", json: { password: "not hers at all" }, gives: 400, code: "INVALID_PASSWORD" },
      { act: (play) => play.age("ada", 90_000) },
      { it: "not fresh, without a password", as: "ada", post: "/delete-user", json: {}, gives: 400, code: "SESSION_EXPIRED" },
      { it: "not fresh, with it", as: "ada", post: "/delete-user", json: ({ ada }) => ({ password: ada.password }), gives: 200, body: { success: true, message: "User deleted" } },
      isSignedOut("ada"),
      { it: "she is gone", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), gives: 401 },
      signsUp("bob"),
      signsIn("bob"),
      { it: "fresh, without a password", as: "bob", post: "/delete-user", json: {}, gives: 200, body: { success: true, message: "User deleted" } },
      isSignedOut("bob"),
    ],
  },
];
