// The settings of both servers under which scenarios run, each started once. `options` and `jwt` are the
// npm package's own, `mails` names the senders it has, `tessera` is Tessera's environment. `algorithm`,
// `issuer`, `audience` and `proxied` say what the differences need to know about a configuration.
import { SHARED_JWT_SECRET } from "./servers.mjs";

const TRUSTED = ["https://app.example.com", "https://*.preview.example.com", "myapp://", "other://callback"];
const HTTPS = { BETTER_AUTH_URL: "https://auth.example.com/auth/v1" };

const cookieCache = (strategy) => ({
  name: `cookie cache ${strategy}`,
  options: { session: { cookieCache: { enabled: true, strategy } } },
  tessera: { TESSERA_SESSION_COOKIE_CACHE: strategy },
});

export const configurations = [
  {
    name: "default",
    options: { trustedOrigins: TRUSTED },
    tessera: { TESSERA_TRUSTED_ORIGINS: TRUSTED.join(",") },
  },
  {
    name: "https, a base path, ES256",
    options: { trustedOrigins: TRUSTED },
    jwt: { jwks: { keyPairConfig: { alg: "ES256" } } },
    environment: HTTPS,
    tessera: { ...HTTPS, TESSERA_TRUSTED_ORIGINS: TRUSTED.join(","), TESSERA_JWT_ALGORITHM: "ES256" },
    algorithm: "ES256",
  },
  {
    name: "HS256, sessions renewed whenever they are used",
    options: { session: { updateAge: 0, freshAge: 0 } },
    environment: { SHARED_JWT_SECRET },
    tessera: {
      TESSERA_JWT_ALGORITHM: "HS256",
      TESSERA_JWT_SECRET: SHARED_JWT_SECRET,
      TESSERA_SESSION_UPDATE_AGE: "0s",
      TESSERA_SESSION_FRESH_AGE: "0s",
    },
    algorithm: "HS256",
  },
  {
    name: "RS256, sessions of ten minutes, other claims",
    options: { session: { expiresIn: 600, updateAge: 300 } },
    jwt: { jwks: { keyPairConfig: { alg: "RS256" } }, jwt: { issuer: "an issuer", audience: "an audience" } },
    tessera: {
      TESSERA_JWT_ALGORITHM: "RS256",
      TESSERA_JWT_ISSUER: "an issuer",
      TESSERA_JWT_AUDIENCE: "an audience",
      TESSERA_SESSION_EXPIRES_IN: "10m",
      TESSERA_SESSION_UPDATE_AGE: "5m",
    },
    algorithm: "RS256",
    issuer: "an issuer",
    audience: "an audience",
  },
  {
    name: "rate limits, behind a proxy",
    options: { rateLimit: { enabled: true } },
    tessera: { TESSERA_RATE_LIMIT: "on", TESSERA_TRUSTED_PROXIES: "127.0.0.0/8" },
    proxied: true,
  },
  {
    name: "mail",
    options: {
      emailVerification: { sendOnSignUp: false },
      user: { changeEmail: { enabled: true }, deleteUser: { enabled: true } },
    },
    mails: ["reset-password", "verify-email", "confirm-change-email", "delete-user"],
    tessera: {
      TESSERA_CHANGE_EMAIL: "on",
      TESSERA_DELETE_USER: "on",
      TESSERA_DELETE_USER_VERIFICATION: "on",
    },
  },
  {
    name: "verified addresses only",
    options: {
      emailAndPassword: { requireEmailVerification: true },
      emailVerification: { sendOnSignIn: true, autoSignInAfterVerification: true },
    },
    mails: ["reset-password", "verify-email"],
    tessera: {
      TESSERA_REQUIRE_EMAIL_VERIFICATION: "on",
      TESSERA_SEND_ON_SIGN_IN: "on",
      TESSERA_AUTO_SIGN_IN_AFTER_VERIFICATION: "on",
    },
  },
  {
    name: "no sign-in after sign-up, sessions end with a reset",
    options: {
      emailAndPassword: { autoSignIn: false, revokeSessionsOnPasswordReset: true },
      emailVerification: { sendOnSignUp: true },
      user: {
        changeEmail: { enabled: true, updateEmailWithoutVerification: true },
        deleteUser: { enabled: true },
      },
    },
    mails: ["reset-password", "verify-email"],
    tessera: {
      TESSERA_AUTO_SIGN_IN: "off",
      TESSERA_REVOKE_SESSIONS_ON_PASSWORD_RESET: "on",
      TESSERA_SEND_ON_SIGN_UP: "on",
      TESSERA_CHANGE_EMAIL: "on",
      TESSERA_UPDATE_EMAIL_WITHOUT_VERIFICATION: "on",
      TESSERA_DELETE_USER: "on",
    },
  },
  cookieCache("compact"),
  cookieCache("jwt"),
  cookieCache("jwe"),
  {
    name: "deferred refresh",
    options: { session: { deferSessionRefresh: true } },
    tessera: { TESSERA_DEFER_SESSION_REFRESH: "on" },
  },
];
