// What Tessera does not have yet. Steps and configurations named here are tried on the npm server only;
// delete an entry when its route or setting is there.

export const routes = [
  "POST /sign-in/social",
  "POST /update-user",
  "POST /update-session",
  "POST /change-password",
  "POST /change-email",
  "POST /verify-password",
  "POST /delete-user",
  "GET /delete-user/callback",
  "POST /request-password-reset",
  "POST /reset-password",
  "GET /reset-password/:token",
  "POST /send-verification-email",
  "GET /verify-email",
  "GET /list-accounts",
  "POST /unlink-account",
  "POST /link-social",
  "POST /get-access-token",
  "POST /refresh-token",
  "GET /account-info",
];

/** By name in configurations.mjs. */
export const configurations = [
  "mail",
  "verified addresses only",
  "no sign-in after sign-up, sessions end with a reset",
  "cookie cache compact",
  "cookie cache jwt",
  "cookie cache jwe",
  "deferred refresh",
];
