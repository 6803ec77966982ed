// What the npm package's own client sends, with the cookies of a browser and with bearer.
const under = "default";

/** Ada's calls; `bearer` has her session token, once there is one. */
const journey = (headers) => [
  call(
    "signs up",
    "post",
    "/sign-up/email",
    (auth, { ada }) => auth.signUp.email({ name: ada.name, email: ada.email, password: ada.password }),
    {
      keep: { bearer: ({ header }) => header("set-auth-token") },
    },
  ),
  call("is told so", "get", "/get-session", (auth) => auth.getSession(), { headers }),
  call("gets a JWT", "get", "/token", (auth) => auth.token(), { headers }),
  call("gets the keys", "get", "/jwks", (auth) => auth.jwks(), { headers }),
  call(
    "signs in elsewhere",
    "post",
    "/sign-in/email",
    (auth, { ada }) => auth.signIn.email({ email: ada.email, password: ada.password, rememberMe: false }),
    {
      as: undefined,
      keep: { other: ({ json }) => json.token },
    },
  ),
  call("lists sessions", "get", "/list-sessions", (auth) => auth.listSessions(), { headers }),
  call(
    "ends the other",
    "post",
    "/revoke-session",
    (auth, { other }) => auth.revokeSession({ token: other }),
    { headers },
  ),
  call("ends all others", "post", "/revoke-other-sessions", (auth) => auth.revokeOtherSessions(), {
    headers,
  }),
  call(
    "tries to sign up again",
    "post",
    "/sign-up/email",
    (auth, { ada }) => auth.signUp.email({ name: "Eve", email: ada.email, password: "another one" }),
    { headers, gives: 422 },
  ),
  call(
    "mistypes her password",
    "post",
    "/sign-in/email",
    (auth, { ada }) => auth.signIn.email({ email: ada.email, password: "mistyped" }),
    { headers, gives: 401 },
  ),
  call(
    "signs in to a page",
    "post",
    "/sign-in/email",
    (auth, { ada }) => auth.signIn.email({ email: ada.email, password: ada.password, callbackURL: "/home" }),
    { headers, keep: { bearer: ({ header }) => header("set-auth-token") } },
  ),
  call("signs out", "post", "/sign-out", (auth) => auth.signOut(), { headers }),
  call("is told so", "get", "/get-session", (auth) => auth.getSession(), { headers, body: null }),
  call("has no sessions to list", "get", "/list-sessions", (auth) => auth.listSessions(), {
    headers,
    gives: 401,
  }),
  call(
    "signs in",
    "post",
    "/sign-in/email",
    (auth, { ada }) => auth.signIn.email({ email: ada.email, password: ada.password }),
    { keep: { bearer: ({ header }) => header("set-auth-token") } },
  ),
  call("ends all sessions", "post", "/revoke-sessions", (auth) => auth.revokeSessions(), { headers }),
  call(
    "signs in again",
    "post",
    "/sign-in/email",
    (auth, { ada }) => auth.signIn.email({ email: ada.email, password: ada.password }),
    { keep: { bearer: ({ header }) => header("set-auth-token") } },
  ),
  call("has a new name", "post", "/update-user", (auth) => auth.updateUser({ name: "Ada Lovelace" }), {
    headers,
  }),
  call("lists accounts", "get", "/list-accounts", (auth) => auth.listAccounts(), { headers }),
  call(
    "has a new password",
    "post",
    "/change-password",
    (auth, { ada }) => auth.changePassword({ currentPassword: ada.password, newPassword: "something new" }),
    { headers },
  ),
];

function call(it, method, path, by, more = {}) {
  return { it, as: "ada", [method]: path, by, gives: 200, ...more };
}

export const client = [
  { under, name: "the client in a browser", steps: journey(undefined) },
  {
    under,
    name: "the client with bearer",
    steps: journey((play) => ({
      authorization: `Bearer ${play.bearer}`,
      cookie: undefined,
      origin: undefined,
    })),
  },
];
