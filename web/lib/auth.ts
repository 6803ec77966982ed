import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { RequestError, retryAfterOf } from "./request-error";
import { endsWithBrowser } from "./session-life";
import { SessionOverError, TokenKeeper } from "./token-keeper";

/** The person who is signed in. */
export interface Person {
  id: string;
  name: string;
  email: string;
  emailVerified: boolean;
  createdAt: Date;
}

/** Whose session it is, and which one; null when there is none. */
export type CurrentSession = { person: Person; sessionId: string } | null;

/** One place where the person is signed in. */
export interface Device {
  id: string;
  /** Names the session to the server when it is to be ended. */
  token: string;
  userAgent: string | null | undefined;
  createdAt: Date;
  updatedAt: Date;
}

/** The JWT of this page's session. */
export const keeper = new TokenKeeper(fetchToken, () => performance.now());

const client = createAuthClient({
  plugins: [jwtClient()],
  fetchOptions: {
    // The server hands out a JWT with sign-up, sign-in and get-session. One that
    // was asked for before a sign-out must not come back after it.
    customFetchImpl: async (input, init) => {
      const epoch = keeper.epoch;
      const response = await fetch(input, init);
      const jwt = response.headers.get("set-auth-jwt");
      if (jwt !== null && keeper.epoch === epoch) keeper.put(jwt);
      return response;
    },
  },
});

/** The page that a link in a letter leads to, through the server. */
const RESET_PAGE = "/reset";
const VERIFIED_PAGE = "/verify?after=verification";
const CHANGED_PAGE = "/verify?after=change";
const DELETED_PAGE = "/goodbye";

/**
 * Makes an account, and signs in unless the address has to be verified first.
 *
 * @returns whether somebody is signed in now
 */
export async function signUp(account: { name: string; email: string; password: string }): Promise<boolean> {
  const answer = await ask((options) =>
    client.signUp.email({ ...account, callbackURL: VERIFIED_PAGE }, options),
  );
  return answer?.token != null;
}

/** Signs in; `rememberMe` false ends the session with the browser. */
export async function signIn(credentials: {
  email: string;
  password: string;
  rememberMe: boolean;
}): Promise<void> {
  await ask((options) => client.signIn.email(credentials, options));
}

/** Ends this session on the server. */
export async function signOut(): Promise<void> {
  await ask((options) => client.signOut({ fetchOptions: options }));
}

/** Asks the server whose session this is. */
export async function fetchSession(): Promise<CurrentSession> {
  const answer = await ask((options) => client.getSession({ fetchOptions: options }));
  if (answer === null) return null;
  const { id, name, email, emailVerified, createdAt } = answer.user;
  return { person: { id, name, email, emailVerified, createdAt }, sessionId: answer.session.id };
}

/** Where the person is signed in. Refused with `SESSION_NOT_FRESH` when it is too long since this session began. */
export async function fetchDevices(): Promise<Device[]> {
  const sessions = (await ask((options) => client.listSessions({ fetchOptions: options }))) ?? [];
  return sessions.map(({ id, token, userAgent, createdAt, updatedAt }) => ({
    id,
    token,
    userAgent,
    createdAt,
    updatedAt,
  }));
}

/** Ends one session. */
export async function endDevice(token: string): Promise<void> {
  await ask((options) => client.revokeSession({ token }, options));
}

/** Ends every session but this one. */
export async function endOtherDevices(): Promise<void> {
  await ask((options) => client.revokeOtherSessions({ fetchOptions: options }));
}

/**
 * Replaces this session by a new one that is kept as long, for what the server allows only soon after
 * signing in. Refused with `INVALID_PASSWORD`.
 */
export async function signInAgain(email: string, password: string): Promise<void> {
  const old = (await ask((options) => client.getSession({ fetchOptions: options })))?.session;
  try {
    await signIn({ email, password, rememberMe: old === undefined || !endsWithBrowser(old) });
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== "INVALID_EMAIL_OR_PASSWORD") throw error;
    throw new RequestError(error.status, { code: "INVALID_PASSWORD" });
  }
  // Where this fails the old session stays in the list, to be ended there.
  if (old !== undefined) await endDevice(old.token).catch(() => undefined);
}

/** Sends a link for a new password, if there is an account with this address; the answer does not say. */
export async function requestPasswordReset(email: string): Promise<void> {
  await ask((options) => client.requestPasswordReset({ email, redirectTo: RESET_PAGE }, options));
}

/** Sets a new password. Refused with `INVALID_TOKEN` when the link has expired or was used. */
export async function resetPassword(token: string, newPassword: string): Promise<void> {
  await ask((options) => client.resetPassword({ token, newPassword }, options));
}

/** Sends a link that verifies the address, if there is an account with it; the answer does not say. */
export async function sendVerificationLink(email: string): Promise<void> {
  await ask((options) => client.sendVerificationEmail({ email, callbackURL: VERIFIED_PAGE }, options));
}

/** Changes the name of the person who is signed in. */
export async function updateName(name: string): Promise<void> {
  await ask((options) => client.updateUser({ name }, options));
}

/** Changes the address, now or when links in letters have been followed: the answer does not say which. */
export async function updateEmail(newEmail: string): Promise<void> {
  await ask((options) => client.changeEmail({ newEmail, callbackURL: CHANGED_PAGE }, options));
}

/** Changes the password; with `revokeOtherSessions` every session ends and this browser gets a new one. */
export async function updatePassword(change: {
  currentPassword: string;
  newPassword: string;
  revokeOtherSessions: boolean;
}): Promise<void> {
  await ask((options) => client.changePassword(change, options));
}

/**
 * Deletes the account of the person who is signed in. Refused with `DELETE_USER_DISABLED` where the server
 * does not have the route.
 *
 * @returns false when it is done only once the link in a letter is followed
 */
export async function deleteUser(password: string): Promise<boolean> {
  try {
    const answer = await ask((options) =>
      client.deleteUser({ password, callbackURL: DELETED_PAGE }, options),
    );
    return answer?.message === "User deleted";
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
    throw new RequestError(404, { code: "DELETE_USER_DISABLED" });
  }
}

async function fetchToken(): Promise<string> {
  try {
    const answer = await ask((options) => client.token({ fetchOptions: options }));
    if (answer !== null) return answer.token;
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 401) throw error;
  }
  throw new SessionOverError();
}

interface Answer<Data> {
  data: Data | null;
  error: { status: number; message?: string | undefined; code?: string | undefined } | null;
}

interface Options {
  onError: (context: { response: Response }) => void;
}

/** Runs one call of the client and turns its failure, or a failed connection, into a RequestError. */
async function ask<Data>(call: (options: Options) => Promise<Answer<Data>>): Promise<Data | null> {
  let retryAfter: number | null = null;
  const options: Options = {
    onError: ({ response }) => {
      retryAfter = retryAfterOf(response.headers);
    },
  };
  const { data, error } = await call(options).catch(() => {
    throw new RequestError(0);
  });
  if (error !== null) throw new RequestError(error.status, error, retryAfter);
  return data;
}
