import { closeSync, openSync } from "node:fs";
import { betterAuth } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { jwt } from "better-auth/plugins";
import { SqliteDialect } from "kysely";
import Database from "libsql";

const file = process.env.AUTH_DATABASE ?? "auth.db";
// Hashes of passwords and tokens of sessions will be in it: made for nobody else to read. SQLite
// gives the files beside it the same mode. (The comment inside: a build need not pack this file.)
closeSync(openSync(/* turbopackIgnore: true */ file, "a", 0o600));
// SQLite that no compiler is needed for; Better Auth takes others as well.
const sqlite = new Database(file);

/**
 * Better Auth: accounts and sessions, and with `jwt()` a token for whoever has a session, and at
 * `/api/auth/jwks` the keys that it is verified with.
 *
 * It reads `BETTER_AUTH_SECRET` and `BETTER_AUTH_URL` by itself. The origin of that URL is `iss` and `aud`
 * of every token.
 */
export const auth = betterAuth({
  database: { dialect: new SqliteDialect({ database: sqlite }), type: "sqlite", transaction: true },
  emailAndPassword: { enabled: true },
  plugins: [jwt(), nextCookies()],
});
