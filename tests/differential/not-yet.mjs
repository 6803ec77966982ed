// What Tessera does not have yet. Steps and configurations named here are tried on the npm server only;
// delete an entry when its route or setting is there.

export const routes = [];

/** By name in configurations.mjs. */
export const configurations = [
  "mail",
  "verified addresses only",
  "no sign-in after sign-up, sessions end with a reset",
];
