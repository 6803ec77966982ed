// What the two servers keep: the same rows, in the same form.
import { refuses } from "../differences.mjs";
import {
  act,
  ada,
  ages,
  anybody,
  isSignedIn,
  isSignedOut,
  mails,
  rows,
  sessionsOf,
  signsIn,
  signsUp,
} from "./steps.mjs";

const under = "default";

const userOf = ({ ada }) => [`SELECT * FROM "user" WHERE "email" = ?`, ada.email];
const accountsOf = ({ ada }) => [
  `SELECT "account".* FROM "account" JOIN "user" ON "user"."id" = "userId" WHERE "email" = ?`,
  ada.email,
];
const storePassword = (text) =>
  act(({ ada, query }) =>
    query(
      `UPDATE "account" SET "password" = ? WHERE "userId" IN (SELECT "id" FROM "user" WHERE "email" = ?)`,
      text,
      ada.email,
    ),
  );
const asAda = ({ ada }) => ({ email: ada.email, password: ada.password });

export const storage = [
  {
    under,
    name: "rows of people",
    steps: [
      signsUp("ada"),
      rows("a user", 1, userOf),
      rows("with a password", 1, accountsOf),
      rows("and a session", 1, sessionsOf),
      ada.get("a token", "/token"),
      // When it was made depends on who asked first.
      rows("needs a key", 1, () => [
        `SELECT "id", "publicKey", "privateKey", "expiresAt", "alg", "crv" FROM "jwks"`,
      ]),
      { ...signsIn("ada", { rememberMe: false }), headers: { "user-agent": "Browser/1.0" } },
      rows("another session", 2, sessionsOf),
      ada.post("signing out", "/sign-out", {}),
      rows("ends it", 1, sessionsOf),
      { ...signsIn("ada"), headers: { "user-agent": "Browser/1.0" } },
      ages("ada", 100_000),
      isSignedIn("ada"),
      rows("a session that was renewed", 2, sessionsOf),
      ages("ada", 700_000),
      isSignedOut("ada", "a session that is over"),
      rows("is forgotten", 1, sessionsOf),
      signsIn("ada"),
      ada.post("revoking all", "/revoke-sessions", {}),
      rows("leaves none", 0, sessionsOf),
      rows("and nothing else changed", 1, userOf),
      rows("anywhere", 1, accountsOf),
    ],
  },
  {
    under,
    name: "rows of people who change",
    steps: [
      signsUp("ada"),
      ada.post("a new name", "/update-user", { name: "Ada Lovelace", image: "https://example.com/a.png" }),
      rows("is stored", 1, userOf),
      ada.post("a new password", "/change-password", ({ ada }) => ({
        currentPassword: ada.password,
        newPassword: "something new",
      })),
      rows("is stored too", 1, accountsOf),
      rows("and the session stays", 1, sessionsOf),
    ],
  },
  {
    under,
    name: "rows that mails leave",
    steps: [
      signsUp("ada"),
      anybody.post("asking for a reset", "/request-password-reset", asAda, 400, "RESET_PASSWORD_DISABLED"),
      rows("leaves none without mail", 0, () => [`SELECT * FROM "verification"`]),
    ],
  },
  {
    under: "mail",
    name: "rows of resets",
    steps: [
      signsUp("ada"),
      act(({ query }) => query(`DELETE FROM "verification"`)),
      anybody.post("asking for a reset", "/request-password-reset", ({ ada }) => ({ email: ada.email })),
      mails("sends a mail", "ada", 1),
      rows("and leaves one", 1, () => [`SELECT * FROM "verification"`]),
      ada.post("asking for deletion", "/delete-user", {}),
      rows("another", 2, () => [`SELECT * FROM "verification" ORDER BY "createdAt"`]),
    ],
  },
  {
    under,
    name: "stored passwords",
    steps: [
      signsUp("ada"),
      storePassword(null),
      anybody.post("none", "/sign-in/email", asAda, 401, "INVALID_EMAIL_OR_PASSWORD"),
      storePassword("nonsense"),
      anybody.post("nonsense", "/sign-in/email", asAda, 500, {
        body: "",
        ours: {
          differs: "unknown-hash",
          change: refuses(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password"),
        },
      }),
      act(({ query, ada }) =>
        query(
          `DELETE FROM "account" WHERE "userId" IN (SELECT "id" FROM "user" WHERE "email" = ?)`,
          ada.email,
        ),
      ),
      anybody.post("no account", "/sign-in/email", asAda, 401, "INVALID_EMAIL_OR_PASSWORD"),
    ],
  },
];
