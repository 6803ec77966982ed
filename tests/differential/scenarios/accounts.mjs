// Changing and reading an account, as a server without social providers answers.
import { isSignedIn, isSignedOut, signsIn, signsUp } from "./people.mjs";

const under = "default";

/** A route asked as Ada, whose answer is an error. */
const refused = (post) => (it, json, code, gives = 400) => ({ it, as: "ada", post, json, gives, code });
const done = (post) => (it, json, more = {}) => ({ it, as: "ada", post, json, gives: 200, ...more });
const withoutSession = (post, json) => ({ it: "without a session", post, json, gives: 401, code: "UNAUTHORIZED" });
const nothingToUpdate = { message: "No fields to update" };

/** Forms of a body that no route with members takes. */
const bodies = (post) => [
  { it: "no body", as: "ada", post, gives: 400, code: "VALIDATION_ERROR" },
  { it: "an array", as: "ada", post, json: [], gives: 400, code: "VALIDATION_ERROR" },
  { it: "null", as: "ada", post, json: null, gives: 400, code: "VALIDATION_ERROR" },
  { it: "broken JSON", as: "ada", post, type: "application/json", text: "{", gives: 400, code: "BAD_REQUEST" },
  { it: "a form", as: "ada", post, type: "application/x-www-form-urlencoded", text: "a=b", gives: 415, code: "UNSUPPORTED_MEDIA_TYPE" },
  { it: "no origin", as: "ada", post, json: {}, headers: { origin: undefined }, gives: 403, code: "MISSING_OR_NULL_ORIGIN" },
  { it: "a foreign origin", as: "ada", post, json: {}, headers: { origin: "https://evil.example" }, gives: 403, code: "INVALID_ORIGIN" },
];

const updated = done("/update-user");
const notUpdated = refused("/update-user");
const changed = done("/change-password");
const notChanged = refused("/change-password");

export const accounts = [
  {
    under,
    name: "update-user",
    steps: [
      signsUp("ada"),
      withoutSession("/update-user", { name: "X" }),
      updated("her name", { name: "Ada Lovelace" }, { body: { status: true } }),
      isSignedIn("ada", "shows"),
      { it: "in her token too", as: "ada", get: "/token", gives: 200 },
      updated("her picture", { image: "https://example.com/a.png" }),
      isSignedIn("ada", "shows as well"),
      updated("no picture", { image: null }),
      updated("an empty name", { name: "" }),
      updated("both", { name: "Ada", image: "i" }),
      updated("what it does not know, beside a name", { name: "Ada", foo: 1, id: "x", createdAt: "2020-01-01T00:00:00.000Z", emailVerified: true }),
      isSignedIn("ada", "changes nothing else"),
      notUpdated("nothing", {}, undefined),
      { ...notUpdated("what it does not know", { foo: 1 }, undefined), body: nothingToUpdate },
      { ...notUpdated("emailVerified", { emailVerified: true }, undefined), body: nothingToUpdate },
      { ...notUpdated("an id", { id: "x" }, undefined), body: nothingToUpdate },
      notUpdated("her address", { email: "q@example.com" }, "EMAIL_CAN_NOT_BE_UPDATED"),
      notUpdated("her address and name", { email: "q@example.com", name: "Q" }, "EMAIL_CAN_NOT_BE_UPDATED"),
      { ...notUpdated("an empty address", { email: "" }, undefined), body: nothingToUpdate },
      ...bodies("/update-user"),
      isSignedIn("ada", "is as it was"),
      { it: "by bearer", post: "/update-user", json: { name: "Bearer" }, headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }), gives: 200 },
    ],
  },
  {
    under,
    name: "update-user keeps a session that is not remembered",
    steps: [
      { ...signsUp("ada"), json: ({ ada }) => ({ name: "Ada", email: ada.email, password: ada.password, rememberMe: false }) },
      updated("her name", { name: "Ada L" }),
      isSignedIn("ada"),
    ],
  },
  {
    under,
    name: "update-session",
    steps: [
      signsUp("ada"),
      withoutSession("/update-session", { foo: 1 }),
      ...[{}, { foo: 1 }, { ipAddress: "1.2.3.4" }, { userId: "x", token: "y" }].map((json) => ({
        it: `${JSON.stringify(json)} has nothing to update`, as: "ada", post: "/update-session", json, gives: 400, body: nothingToUpdate,
      })),
      ...bodies("/update-session"),
    ],
  },
  {
    under,
    name: "change-password",
    steps: [
      signsUp("ada"),
      withoutSession("/change-password", { currentPassword: "a", newPassword: "b" }),
      notChanged("members missing", {}, "VALIDATION_ERROR"),
      notChanged("no current password", { newPassword: "something new" }, "VALIDATION_ERROR"),
      notChanged("a number", { currentPassword: 1, newPassword: 2 }, "VALIDATION_ERROR"),
      notChanged("revokeOtherSessions as text", { currentPassword: "a", newPassword: "b", revokeOtherSessions: "yes" }, "VALIDATION_ERROR"),
      notChanged("too short", { currentPassword: "wrong", newPassword: "short" }, "PASSWORD_TOO_SHORT"),
      notChanged("too long", { currentPassword: "wrong", newPassword: "x".repeat(129) }, "PASSWORD_TOO_LONG"),
      notChanged("a current password that is too long", { currentPassword: "x".repeat(129), newPassword: "something new" }, "PASSWORD_TOO_LONG"),
      notChanged("the wrong password", { currentPassword: "not hers at all", newPassword: "something new" }, "INVALID_PASSWORD"),
      ...bodies("/change-password"),
      { it: "members before the session", post: "/change-password", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      isSignedIn("ada"),
      { ...changed("the password", ({ ada }) => ({ currentPassword: ada.password, newPassword: "something new" })), check: ({ json }) => { if (json.token !== null) throw new Error("a token"); } },
      isSignedIn("ada", "the session stays"),
      { it: "the old password is over", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: ada.password }), gives: 401, code: "INVALID_EMAIL_OR_PASSWORD" },
      { it: "the new one opens", as: "ada", post: "/sign-in/email", json: ({ ada }) => ({ email: ada.email, password: "something new" }), gives: 200, keep: { old: (_, play) => play.cookie("ada") } },
      { ...changed("and end all sessions", { currentPassword: "something new", newPassword: "something newer", revokeOtherSessions: true }), check: ({ json }) => { if (!json.token) throw new Error("no token"); } },
      isSignedIn("ada", "a new session is there"),
      { it: "the old session is over", get: "/get-session", headers: (play) => ({ cookie: `better-auth.session_token=${play.old}` }), gives: 200, body: null },
      { it: "one session is left", as: "ada", get: "/list-sessions", gives: 200, check: ({ json }) => { if (json.length !== 1) throw new Error(json.length); } },
    ],
  },
  {
    under,
    name: "change-password of a session that is not remembered",
    steps: [
      { ...signsUp("ada"), json: ({ ada }) => ({ name: "Ada", email: ada.email, password: ada.password, rememberMe: false }) },
      changed("and end all sessions", ({ ada }) => ({ currentPassword: ada.password, newPassword: "something newer", revokeOtherSessions: true })),
      isSignedIn("ada"),
    ],
  },
  {
    under,
    name: "verify-password",
    steps: [
      signsUp("ada"),
      withoutSession("/verify-password", { password: "x" }),
      done("/verify-password")("her password", ({ ada }) => ({ password: ada.password }), { body: { status: true } }),
      refused("/verify-password")("another", { password: "not hers at all" }, "INVALID_PASSWORD"),
      refused("/verify-password")("an empty one", { password: "" }, "INVALID_PASSWORD"),
      refused("/verify-password")("a number", { password: 5 }, "VALIDATION_ERROR"),
      refused("/verify-password")("none", {}, "VALIDATION_ERROR"),
      ...bodies("/verify-password"),
    ],
  },
  {
    under,
    name: "list-accounts",
    steps: [
      { it: "without a session", get: "/list-accounts", gives: 401, code: "UNAUTHORIZED" },
      signsUp("ada"),
      { it: "her only one", as: "ada", get: "/list-accounts", gives: 200, check: ({ json }) => { if (json[0].providerId !== "credential") throw new Error("provider"); } },
      { it: "not by POST", as: "ada", post: "/list-accounts", json: {}, gives: 404 },
    ],
  },
  {
    under,
    name: "unlink-account",
    steps: [
      signsUp("ada"),
      withoutSession("/unlink-account", { accountId: "x" }),
      refused("/unlink-account")("no id", {}, "VALIDATION_ERROR"),
      refused("/unlink-account")("a number", { accountId: 5 }, "VALIDATION_ERROR"),
      refused("/unlink-account")("an id she does not have", { accountId: "nope" }, "FAILED_TO_UNLINK_LAST_ACCOUNT"),
      { it: "her accounts", as: "ada", get: "/list-accounts", gives: 200, keep: { account: ({ json }) => json[0].id } },
      refused("/unlink-account")("her only one", ({ account }) => ({ accountId: account }), "FAILED_TO_UNLINK_LAST_ACCOUNT"),
      ...bodies("/unlink-account"),
      { act: addAccount },
      refused("/unlink-account")("an id she does not have, of two", { accountId: "nope" }, "ACCOUNT_NOT_FOUND"),
      done("/unlink-account")("one of two", { accountId: "another" }, { body: { status: true } }),
      { it: "one is left", as: "ada", get: "/list-accounts", gives: 200, check: ({ json }) => { if (json.length !== 1) throw new Error(json.length); } },
      { act: (play) => play.age("ada", 90_000) },
      refused("/unlink-account")("not fresh", { accountId: "x" }, "SESSION_NOT_FRESH", 403),
    ],
  },
  {
    under,
    name: "accounts of providers",
    steps: [
      signsUp("ada"),
      { it: "her accounts", as: "ada", get: "/list-accounts", gives: 200, keep: { account: ({ json }) => json[0].id } },
      ...["/get-access-token", "/refresh-token"].flatMap((post) => [
        { it: `${post} without a session`, post, json: { accountId: "x" }, gives: 401, body: "" },
        refused(post)(`${post} of no account`, {}, "VALIDATION_ERROR"),
        refused(post)(`${post} with members it does not know`, { accountId: "x", zzz: 1 }, "VALIDATION_ERROR"),
        refused(post)(`${post} with a number`, { accountId: 5 }, "VALIDATION_ERROR"),
        refused(post)(`${post} of an unknown account`, { accountId: "nope" }, "ACCOUNT_NOT_FOUND"),
        refused(post)(`${post} of her password`, ({ account }) => ({ accountId: account }), "PROVIDER_NOT_SUPPORTED"),
        refused(post)(`${post} of a cookie that is not there`, { useAccountCookie: true }, "ACCOUNT_NOT_FOUND"),
        refused(post)(`${post} with useAccountCookie false`, { useAccountCookie: false }, "VALIDATION_ERROR"),
        refused(post)(`${post} with both`, { accountId: "nope", useAccountCookie: true }, "VALIDATION_ERROR"),
      ]),
      { it: "account-info without a session", get: "/account-info?accountId=x", gives: 401, body: "" },
      { it: "account-info of no account", as: "ada", get: "/account-info", gives: 400, code: "VALIDATION_ERROR" },
      { it: "account-info with a member it does not know", as: "ada", get: "/account-info?accountId=x&zzz=1", gives: 400, code: "VALIDATION_ERROR" },
      { it: "account-info of an unknown account", as: "ada", get: "/account-info?accountId=nope", gives: 400, code: "ACCOUNT_NOT_FOUND" },
      { it: "account-info of her password", as: "ada", get: (play) => `/account-info?accountId=${play.account}`, gives: 400, code: "PROVIDER_NOT_CONFIGURED" },
    ],
  },
  {
    under,
    name: "social sign-in",
    steps: [
      { it: "no such provider", post: "/sign-in/social", json: { provider: "github" }, gives: 404, code: "PROVIDER_NOT_FOUND" },
      { it: "no provider", post: "/sign-in/social", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      { it: "a number", post: "/sign-in/social", json: { provider: 5 }, gives: 400, code: "VALIDATION_ERROR" },
      { it: "a provider that nobody has heard of", post: "/sign-in/social", json: { provider: "zzz" }, gives: 404, code: "PROVIDER_NOT_FOUND" },
      { it: "no body", post: "/sign-in/social", gives: 400, code: "VALIDATION_ERROR" },
      { it: "a foreign callback URL", post: "/sign-in/social", json: { provider: "github", callbackURL: "https://evil.example" }, headers: { cookie: "a=b", origin: "https://app.example.com" }, gives: 403, code: "INVALID_CALLBACK_URL" },
      { it: "a cookie and no origin", post: "/sign-in/social", json: { provider: "github" }, headers: { cookie: "a=b" }, gives: 403, code: "MISSING_OR_NULL_ORIGIN" },
      { it: "link without a session", post: "/link-social", json: { provider: "github" }, gives: 401, code: "UNAUTHORIZED" },
      signsUp("ada"),
      refused("/link-social")("link to no such provider", { provider: "github" }, "PROVIDER_NOT_FOUND", 404),
      refused("/link-social")("link to no provider", {}, "VALIDATION_ERROR"),
      refused("/link-social")("link with a foreign callback URL", { provider: "github", callbackURL: "//evil.example" }, "INVALID_CALLBACK_URL", 403),
      ...bodies("/link-social"),
    ],
  },
  {
    under,
    name: "callbacks of providers",
    steps: [
      ...["/callback/github", "/callback/github?code=x", "/callback/github?error=denied", "/callback/zzz?code=x&error=y"].map((get) => ({
        it: `${get}, no state`, get, gives: 302, location: ({ origin }) => `${origin}/api/auth/error?error=state_not_found`,
      })),
      { it: "an unknown state", get: "/callback/github?code=x&state=y", gives: 302, location: ({ origin }) => `${origin}/api/auth/error?error=state_mismatch` },
      { it: "an unknown state and an error", get: "/callback/github?error=x&error_description=y&state=z", gives: 302 },
      { it: "no provider", get: "/callback/", gives: 404 },
      { it: "no provider at all", get: "/callback", gives: 404 },
      { it: "a deeper path", get: "/callback/github/x", gives: 404 },
      {
        it: "POST becomes GET", post: "/callback/github", json: { code: "c", state: "s" }, gives: 302,
        location: ({ origin }) => `${origin}/api/auth/callback/github?code=c&state=s`,
      },
      {
        it: "in its own order", post: "/callback/github", json: { user: "u", state: "s t", error: "e", code: "c", device_id: "d", error_description: "f", zzz: "no" },
        gives: 302,
      },
      { it: "as a form", post: "/callback/apple", type: "application/x-www-form-urlencoded", text: "state=a%26b&code=c", gives: 302 },
      { it: "of another type", post: "/callback/apple", type: "text/plain", text: "x", gives: 415 },
      { it: "without a body", post: "/callback/apple", gives: 302 },
    ],
  },
  {
    under,
    name: "what is off by default",
    steps: [
      signsUp("ada"),
      { it: "delete-user", as: "ada", post: "/delete-user", json: {}, gives: 404, body: "" },
      { it: "delete-user with her password", as: "ada", post: "/delete-user", json: ({ ada }) => ({ password: ada.password }), gives: 404, body: "" },
      { it: "delete-user without a session", post: "/delete-user", json: {}, gives: 401, code: "UNAUTHORIZED" },
      { it: "delete-user without a body", as: "ada", post: "/delete-user", gives: 400, code: "VALIDATION_ERROR" },
      { it: "delete-user/callback", as: "ada", get: "/delete-user/callback?token=x", gives: 404, code: "NOT_FOUND" },
      { it: "delete-user/callback without a token", as: "ada", get: "/delete-user/callback", gives: 400, code: "VALIDATION_ERROR" },
      { it: "change-email", as: "ada", post: "/change-email", json: { newEmail: "new@example.com" }, gives: 400, code: "CHANGE_EMAIL_DISABLED" },
      { it: "change-email without a session", post: "/change-email", json: { newEmail: "new@example.com" }, gives: 401, code: "UNAUTHORIZED" },
      { it: "change-email without an address", as: "ada", post: "/change-email", json: {}, gives: 400, code: "VALIDATION_ERROR" },
      { it: "change-email to no address", as: "ada", post: "/change-email", json: { newEmail: "nope" }, gives: 400, code: "VALIDATION_ERROR" },
      { it: "request-password-reset", post: "/request-password-reset", json: ({ ada }) => ({ email: ada.email }), gives: 400, code: "RESET_PASSWORD_DISABLED" },
      { it: "send-verification-email", post: "/send-verification-email", json: ({ ada }) => ({ email: ada.email }), gives: 400, code: "VERIFICATION_EMAIL_NOT_ENABLED" },
      { it: "reset-password with an unknown token", post: "/reset-password", json: { newPassword: "something new", token: "nope" }, gives: 400, code: "INVALID_TOKEN" },
      { it: "the link of a reset", get: "/reset-password/nope?callbackURL=/x", gives: 302, location: ({ origin }) => `${origin}/x?error=INVALID_TOKEN` },
      { it: "the link of a verification", get: "/verify-email?token=nope", gives: 401, code: "INVALID_TOKEN" },
      isSignedIn("ada"),
    ],
  },
  {
    under,
    name: "a session that has ended, on the routes of accounts",
    steps: [
      { ...signsUp("ada"), keep: { old: (_, play) => play.cookie("ada") } },
      { it: "signing out", as: "ada", post: "/sign-out", json: {}, gives: 200 },
      ...[
        { post: "/update-user", json: { name: "X" } },
        { post: "/update-session", json: { foo: 1 } },
        { post: "/change-password", json: { currentPassword: "aaaaaaaa", newPassword: "bbbbbbbb" } },
        { post: "/verify-password", json: { password: "x" } },
        { post: "/change-email", json: { newEmail: "x@example.com" } },
        { post: "/delete-user", json: {} },
        { get: "/list-accounts" },
        { post: "/unlink-account", json: { accountId: "x" } },
        { post: "/link-social", json: { provider: "github" } },
        { post: "/get-access-token", json: { accountId: "x" } },
        { post: "/refresh-token", json: { accountId: "x" } },
        { get: "/account-info?accountId=x" },
      ].map((request) => ({
        it: request.get ?? request.post, ...request, gives: 401,
        headers: (play) => ({ origin: play.origin, cookie: `better-auth.session_token=${play.old}` }),
      })),
    ],
  },
];

/** As if Ada had signed in with a provider, once. */
async function addAccount(play) {
  const now = new Date().toISOString();
  const [{ id }] = await play.query(`SELECT "id" FROM "user" WHERE "email" = ?`, play.ada.email);
  await play.query(
    `INSERT INTO "account" ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?)`,
    "another", "42", "github", id, now, now,
  );
}
