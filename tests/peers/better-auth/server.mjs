// The unmodified better-auth package behind node's own HTTP server. README.md lists what it reads.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";
import { SignJWT } from "jose";

const { PORT, DATABASE_URL, BETTER_AUTH_URL, MAILBOX, SHARED_JWT_SECRET } = process.env;
const baseURL = BETTER_AUTH_URL ?? `http://localhost:${PORT}`;
const options = JSON.parse(process.env.OPTIONS ?? "{}");
const jwtOptions = JSON.parse(process.env.JWT_OPTIONS ?? "{}");
const mails = (process.env.MAILS ?? "").split(",");

/** A pool for `postgres://…`, a file for `sqlite:PATH`. */
async function openDatabase() {
  if (DATABASE_URL.startsWith("postgres")) {
    const { default: pg } = await import("pg");
    return new pg.Pool({ connectionString: DATABASE_URL });
  }
  const { default: Sqlite } = await import("better-sqlite3");
  return new Sqlite(DATABASE_URL.replace(/^sqlite:/, ""));
}

/** A sender that writes each mail as a line of JSON, or nothing when this kind is not wanted. */
function sender(kind) {
  if (!mails.includes(kind)) return undefined;
  return async ({ user, url, token, newEmail }) => {
    appendFileSync(MAILBOX, `${JSON.stringify({ kind, to: user.email, url, token, newEmail })}\n`);
  };
}

// The plugin signs with key pairs only. Its callback can use a shared secret, but is accepted only
// beside the address of somebody else's key set, which then turns /jwks off.
if (SHARED_JWT_SECRET) {
  const secret = new TextEncoder().encode(SHARED_JWT_SECRET);
  jwtOptions.jwks = { remoteUrl: `${baseURL}/none`, keyPairConfig: { alg: "EdDSA" } };
  jwtOptions.jwt = {
    ...jwtOptions.jwt,
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(secret),
  };
}

const settings = {
  logger: { level: "error" },
  telemetry: { enabled: false },
  ...options,
  baseURL,
  database: await openDatabase(),
  emailAndPassword: {
    enabled: true,
    sendResetPassword: sender("reset-password"),
    ...options.emailAndPassword,
  },
  emailVerification: {
    sendVerificationEmail: sender("verify-email"),
    ...options.emailVerification,
  },
  user: {
    ...options.user,
    changeEmail: {
      sendChangeEmailConfirmation: sender("confirm-change-email"),
      ...options.user?.changeEmail,
    },
    deleteUser: {
      sendDeleteAccountVerification: sender("delete-user"),
      ...options.user?.deleteUser,
    },
  },
  plugins: [jwt(jwtOptions), bearer()],
};

await (await getMigrations(settings)).runMigrations();
const server = createServer(toNodeHandler(betterAuth(settings)));
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening at http://localhost:${PORT}`));

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
