import { deleteUser, keeper, updateEmail, updateName, updatePassword } from "./auth";
import { queryClient } from "./query-client";
import { RequestError } from "./request-error";
import { refreshSession, sessionEnded, sessionIsOver } from "./session";
import { SessionOverError } from "./token-keeper";

/** Changes the name. */
export async function changeName(name: string): Promise<void> {
  await whileSignedIn(() => updateName(name));
  await refreshSession();
}

/**
 * Changes the address.
 *
 * @returns the address of the account now: the old one if links in letters have to be followed first;
 *   undefined when the server could not be asked after the change
 */
export async function changeEmail(newEmail: string): Promise<string | undefined> {
  await whileSignedIn(() => updateEmail(newEmail));
  return (await refreshSession())?.email;
}

/** Changes the password; with `revokeOtherSessions` the person is signed out everywhere but here. */
export async function changePassword(change: Parameters<typeof updatePassword>[0]): Promise<void> {
  await whileSignedIn(() => updatePassword(change));
  if (!change.revokeOtherSessions) return;
  // This browser has another session now; the token was of the one that has ended.
  keeper.drop();
  await refreshSession();
  await queryClient.invalidateQueries({ queryKey: ["devices"] });
}

/**
 * Deletes the account, and with it everything of it on this page.
 *
 * @returns false when it is done only once the link in a letter is followed
 */
export async function deleteAccount(password: string): Promise<boolean> {
  const deleted = await whileSignedIn(() => deleteUser(password));
  if (deleted) sessionEnded("deleted");
  return deleted;
}

/** A refusal because nobody is signed in any more ends the session here, which leads to sign-in and back. */
async function whileSignedIn<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 401) throw error;
    sessionIsOver();
    throw new SessionOverError();
  }
}
