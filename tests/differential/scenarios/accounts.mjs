// Changing and reading an account, as a server without social providers answers.
import { refuses } from "../differences.mjs";
import { act, ada, ages, anybody, isEqual, isSignedIn, signsUp } from "./steps.mjs";

const under = "default";

/** A route asked as Ada, whose answer is an error. */
const refused =
  (post) =>
  (it, json, code, gives = 400) =>
    ada.post(it, post, json, gives, code);
const done =
  (post) =>
  (it, json, more = {}) => ({ it, as: "ada", post, json, gives: 200, ...more });
const withoutSession = (post, json) => anybody.post("without a session", post, json, 401, "UNAUTHORIZED");
const nothingToUpdate = { message: "No fields to update" };

/** Forms of a body that no route with members takes. */
const bodies = (post) => [
  ada.bare("no body", post, 400, "VALIDATION_ERROR"),
  ada.post("an array", post, [], 400, "VALIDATION_ERROR"),
  ada.post("null", post, null, 400, "VALIDATION_ERROR"),
  ada.send("broken JSON", post, ["application/json", "{"], 400, "BAD_REQUEST"),
  ada.send("a form", post, ["application/x-www-form-urlencoded", "a=b"], 415, "UNSUPPORTED_MEDIA_TYPE"),
  ada.post("no origin", post, {}, 403, { code: "MISSING_OR_NULL_ORIGIN", headers: { origin: undefined } }),
  ada.post("a foreign origin", post, {}, 403, {
    code: "INVALID_ORIGIN",
    headers: { origin: "https://evil.example" },
  }),
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
      ada.get("in her token too", "/token"),
      updated("her picture", { image: "https://example.com/a.png" }),
      isSignedIn("ada", "shows as well"),
      updated("no picture", { image: null }),
      updated("an empty name", { name: "" }),
      updated("both", { name: "Ada", image: "i" }),
      updated("what it does not know, beside a name", {
        name: "Ada",
        foo: 1,
        id: "x",
        createdAt: "2020-01-01T00:00:00.000Z",
        emailVerified: true,
      }),
      isSignedIn("ada", "changes nothing else"),
      notUpdated("nothing", {}, undefined),
      { ...notUpdated("what it does not know", { foo: 1 }, undefined), body: nothingToUpdate },
      { ...notUpdated("emailVerified", { emailVerified: true }, undefined), body: nothingToUpdate },
      { ...notUpdated("an id", { id: "x" }, undefined), body: nothingToUpdate },
      notUpdated("her address", { email: "q@example.com" }, "EMAIL_CAN_NOT_BE_UPDATED"),
      notUpdated("her address and name", { email: "q@example.com", name: "Q" }, "EMAIL_CAN_NOT_BE_UPDATED"),
      { ...notUpdated("an empty address", { email: "" }, undefined), body: nothingToUpdate },
      ...[
        [{ name: null }, 500, "name", "null"],
        [{ name: 5 }, 200, "name", "number"],
        [{ image: true }, 200, "image", "boolean"],
      ].map(([json, gives, member, received]) => ({
        ...updated(`${JSON.stringify(json)} has a type of its own`, json, { gives }),
        ours: {
          differs: "typed-members",
          change: refuses(
            400,
            "VALIDATION_ERROR",
            `[body.${member}] Invalid input: expected string, received ${received}`,
          ),
        },
      })),
      updated("her name again", { name: "Ada", image: null }),
      ...bodies("/update-user"),
      isSignedIn("ada", "is as it was"),
      anybody.post("by bearer", "/update-user", { name: "Bearer" }, 200, {
        headers: (play) => ({ authorization: `Bearer ${play.token("ada")}` }),
      }),
    ],
  },
  {
    under,
    name: "update-user keeps a session that is not remembered",
    steps: [
      {
        ...signsUp("ada"),
        json: ({ ada }) => ({ name: "Ada", email: ada.email, password: ada.password, rememberMe: false }),
      },
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
      ...[{}, { foo: 1 }, { ipAddress: "1.2.3.4" }, { userId: "x", token: "y" }].map((json) =>
        ada.post(`${JSON.stringify(json)} has nothing to update`, "/update-session", json, 400, {
          body: nothingToUpdate,
        }),
      ),
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
      notChanged(
        "revokeOtherSessions as text",
        { currentPassword: "a", newPassword: "b", revokeOtherSessions: "yes" },
        "VALIDATION_ERROR",
      ),
      notChanged("too short", { currentPassword: "wrong", newPassword: "short" }, "PASSWORD_TOO_SHORT"),
      notChanged("too long", { currentPassword: "wrong", newPassword: "x".repeat(129) }, "PASSWORD_TOO_LONG"),
      notChanged(
        "a current password that is too long",
        { currentPassword: "x".repeat(129), newPassword: "something new" },
        "PASSWORD_TOO_LONG",
      ),
      notChanged(
        "the wrong password",
        { currentPassword: "not hers at all", newPassword: "something new" },
        "INVALID_PASSWORD",
      ),
      ...bodies("/change-password"),
      anybody.post("members before the session", "/change-password", {}, 400, "VALIDATION_ERROR"),
      isSignedIn("ada"),
      {
        ...changed("the password", ({ ada }) => ({
          currentPassword: ada.password,
          newPassword: "something new",
        })),
        check: ({ json }) => isEqual(json.token, null),
      },
      isSignedIn("ada", "the session stays"),
      anybody.post(
        "the old password is over",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: ada.password }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      ),
      ada.post(
        "the new one opens",
        "/sign-in/email",
        ({ ada }) => ({ email: ada.email, password: "something new" }),
        200,
        { keep: { old: (_, play) => play.cookie("ada") } },
      ),
      {
        ...changed("and end all sessions", {
          currentPassword: "something new",
          newPassword: "something newer",
          revokeOtherSessions: true,
        }),
        check: ({ json }) => isEqual(json.token.length, 32),
      },
      isSignedIn("ada", "a new session is there"),
      anybody.get("the old session is over", "/get-session", 200, {
        headers: (play) => ({ cookie: `better-auth.session_token=${play.old}` }),
        body: null,
      }),
      ada.get("one session is left", "/list-sessions", 200, { check: ({ json }) => isEqual(json.length, 1) }),
    ],
  },
  {
    under,
    name: "change-password of a session that is not remembered",
    steps: [
      {
        ...signsUp("ada"),
        json: ({ ada }) => ({ name: "Ada", email: ada.email, password: ada.password, rememberMe: false }),
      },
      changed("and end all sessions", ({ ada }) => ({
        currentPassword: ada.password,
        newPassword: "something newer",
        revokeOtherSessions: true,
      })),
      isSignedIn("ada"),
    ],
  },
  {
    under,
    name: "verify-password",
    steps: [
      signsUp("ada"),
      withoutSession("/verify-password", { password: "x" }),
      done("/verify-password")("her password", ({ ada }) => ({ password: ada.password }), {
        body: { status: true },
      }),
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
      anybody.get("without a session", "/list-accounts", 401, "UNAUTHORIZED"),
      signsUp("ada"),
      ada.get("her only one", "/list-accounts", 200, {
        check: ({ json }) => isEqual(json[0].providerId, "credential"),
      }),
      ada.post("not by POST", "/list-accounts", {}, 404),
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
      refused("/unlink-account")(
        "an id she does not have",
        { accountId: "nope" },
        "FAILED_TO_UNLINK_LAST_ACCOUNT",
      ),
      ada.get("her accounts", "/list-accounts", 200, { keep: { account: ({ json }) => json[0].id } }),
      refused("/unlink-account")(
        "her only one",
        ({ account }) => ({ accountId: account }),
        "FAILED_TO_UNLINK_LAST_ACCOUNT",
      ),
      ...bodies("/unlink-account"),
      act(addAccount),
      refused("/unlink-account")(
        "an id she does not have, of two",
        { accountId: "nope" },
        "ACCOUNT_NOT_FOUND",
      ),
      done("/unlink-account")("one of two", { accountId: "another" }, { body: { status: true } }),
      ada.get("one is left", "/list-accounts", 200, { check: ({ json }) => isEqual(json.length, 1) }),
      ages("ada", 90_000),
      refused("/unlink-account")("not fresh", { accountId: "x" }, "SESSION_NOT_FRESH", 403),
    ],
  },
  {
    under,
    name: "accounts of providers",
    steps: [
      signsUp("ada"),
      ada.get("her accounts", "/list-accounts", 200, { keep: { account: ({ json }) => json[0].id } }),
      ...["/get-access-token", "/refresh-token"].flatMap((post) => [
        anybody.post(`${post} without a session`, post, { accountId: "x" }, 401, { body: "" }),
        refused(post)(`${post} of no account`, {}, "VALIDATION_ERROR"),
        refused(post)(
          `${post} with members it does not know`,
          { accountId: "x", zzz: 1 },
          "VALIDATION_ERROR",
        ),
        refused(post)(`${post} with a number`, { accountId: 5 }, "VALIDATION_ERROR"),
        refused(post)(`${post} of an unknown account`, { accountId: "nope" }, "ACCOUNT_NOT_FOUND"),
        refused(post)(
          `${post} of her password`,
          ({ account }) => ({ accountId: account }),
          "PROVIDER_NOT_SUPPORTED",
        ),
        refused(post)(
          `${post} of a cookie that is not there`,
          { useAccountCookie: true },
          "ACCOUNT_NOT_FOUND",
        ),
        refused(post)(`${post} with useAccountCookie false`, { useAccountCookie: false }, "VALIDATION_ERROR"),
        refused(post)(`${post} with both`, { accountId: "nope", useAccountCookie: true }, "VALIDATION_ERROR"),
      ]),
      anybody.get("account-info without a session", "/account-info?accountId=x", 401, { body: "" }),
      ada.get("account-info of no account", "/account-info", 400, "VALIDATION_ERROR"),
      ada.get(
        "account-info with a member it does not know",
        "/account-info?accountId=x&zzz=1",
        400,
        "VALIDATION_ERROR",
      ),
      ada.get("account-info of an unknown account", "/account-info?accountId=nope", 400, "ACCOUNT_NOT_FOUND"),
      ada.get(
        "account-info of her password",
        (play) => `/account-info?accountId=${play.account}`,
        400,
        "PROVIDER_NOT_CONFIGURED",
      ),
    ],
  },
  {
    under,
    name: "social sign-in",
    steps: [
      anybody.post("no such provider", "/sign-in/social", { provider: "github" }, 404, "PROVIDER_NOT_FOUND"),
      anybody.post("no provider", "/sign-in/social", {}, 400, "VALIDATION_ERROR"),
      anybody.post("a number", "/sign-in/social", { provider: 5 }, 400, "VALIDATION_ERROR"),
      anybody.post(
        "a provider that nobody has heard of",
        "/sign-in/social",
        { provider: "zzz" },
        404,
        "PROVIDER_NOT_FOUND",
      ),
      anybody.bare("no body", "/sign-in/social", 400, "VALIDATION_ERROR"),
      anybody.post(
        "what only a provider would read",
        "/sign-in/social",
        { provider: "github", scopes: "all" },
        400,
        {
          code: "VALIDATION_ERROR",
          ours: {
            differs: "provider-members",
            change: refuses(404, "PROVIDER_NOT_FOUND", "Provider not found"),
          },
        },
      ),
      anybody.post(
        "a foreign callback URL",
        "/sign-in/social",
        { provider: "github", callbackURL: "https://evil.example" },
        403,
        { code: "INVALID_CALLBACK_URL", headers: { cookie: "a=b", origin: "https://app.example.com" } },
      ),
      anybody.post("a cookie and no origin", "/sign-in/social", { provider: "github" }, 403, {
        code: "MISSING_OR_NULL_ORIGIN",
        headers: { cookie: "a=b" },
      }),
      anybody.post("link without a session", "/link-social", { provider: "github" }, 401, "UNAUTHORIZED"),
      signsUp("ada"),
      refused("/link-social")("link to no such provider", { provider: "github" }, "PROVIDER_NOT_FOUND", 404),
      refused("/link-social")("link to no provider", {}, "VALIDATION_ERROR"),
      refused("/link-social")(
        "link with a foreign callback URL",
        { provider: "github", callbackURL: "//evil.example" },
        "INVALID_CALLBACK_URL",
        403,
      ),
      ...bodies("/link-social"),
    ],
  },
  {
    under,
    name: "callbacks of providers",
    steps: [
      ...[
        "/callback/github",
        "/callback/github?code=x",
        "/callback/github?error=denied",
        "/callback/zzz?code=x&error=y",
      ].map((get) =>
        anybody.get(`${get}, no state`, get, 302, {
          location: ({ origin }) => `${origin}/api/auth/error?error=state_not_found`,
        }),
      ),
      anybody.get("an unknown state", "/callback/github?code=x&state=y", 302, {
        location: ({ origin }) => `${origin}/api/auth/error?error=state_mismatch`,
      }),
      anybody.get(
        "an unknown state and an error",
        "/callback/github?error=x&error_description=y&state=z",
        302,
      ),
      anybody.get("no provider", "/callback/", 404),
      anybody.get("no provider at all", "/callback", 404),
      anybody.get("a deeper path", "/callback/github/x", 404),
      anybody.post("POST becomes GET", "/callback/github", { code: "c", state: "s" }, 302, {
        location: ({ origin }) => `${origin}/api/auth/callback/github?code=c&state=s`,
      }),
      anybody.post(
        "in its own order",
        "/callback/github",
        { user: "u", state: "s t", error: "e", code: "c", device_id: "d", error_description: "f", zzz: "no" },
        302,
      ),
      anybody.send(
        "as a form",
        "/callback/apple",
        ["application/x-www-form-urlencoded", "state=a%26b&code=c"],
        302,
      ),
      anybody.send("of another type", "/callback/apple", ["text/plain", "x"], 415),
      anybody.bare("without a body", "/callback/apple", 302),
    ],
  },
  {
    under,
    name: "what is off by default",
    steps: [
      signsUp("ada"),
      ada.post("delete-user", "/delete-user", {}, 404, { body: "" }),
      ada.post(
        "delete-user with her password",
        "/delete-user",
        ({ ada }) => ({ password: ada.password }),
        404,
        { body: "" },
      ),
      anybody.post("delete-user without a session", "/delete-user", {}, 401, "UNAUTHORIZED"),
      ada.bare("delete-user without a body", "/delete-user", 400, "VALIDATION_ERROR"),
      ada.get("delete-user/callback", "/delete-user/callback?token=x", 404, "NOT_FOUND"),
      ada.get("delete-user/callback without a token", "/delete-user/callback", 400, "VALIDATION_ERROR"),
      ada.post(
        "change-email",
        "/change-email",
        { newEmail: "new@example.com" },
        400,
        "CHANGE_EMAIL_DISABLED",
      ),
      anybody.post(
        "change-email without a session",
        "/change-email",
        { newEmail: "new@example.com" },
        401,
        "UNAUTHORIZED",
      ),
      ada.post("change-email without an address", "/change-email", {}, 400, "VALIDATION_ERROR"),
      ada.post("change-email to no address", "/change-email", { newEmail: "nope" }, 400, "VALIDATION_ERROR"),
      anybody.post(
        "request-password-reset",
        "/request-password-reset",
        ({ ada }) => ({ email: ada.email }),
        400,
        "RESET_PASSWORD_DISABLED",
      ),
      anybody.post(
        "send-verification-email",
        "/send-verification-email",
        ({ ada }) => ({ email: ada.email }),
        400,
        "VERIFICATION_EMAIL_NOT_ENABLED",
      ),
      anybody.post(
        "reset-password with an unknown token",
        "/reset-password",
        { newPassword: "something new", token: "nope" },
        400,
        "INVALID_TOKEN",
      ),
      anybody.get("the link of a reset", "/reset-password/nope?callbackURL=/x", 302, {
        location: ({ origin }) => `${origin}/x?error=INVALID_TOKEN`,
      }),
      anybody.get("the link of a verification", "/verify-email?token=nope", 401, "INVALID_TOKEN"),
      isSignedIn("ada"),
    ],
  },
  {
    under,
    name: "a session that has ended, on the routes of accounts",
    steps: [
      { ...signsUp("ada"), keep: { old: (_, play) => play.cookie("ada") } },
      ada.post("signing out", "/sign-out", {}),
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
        it: request.get ?? request.post,
        ...request,
        gives: 401,
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
    "another",
    "42",
    "github",
    id,
    now,
    now,
  );
}
