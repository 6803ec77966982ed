import { queryOptions } from "@tanstack/react-query";
import { fetchSession, keeper, type Person, signOut } from "./auth";
import { queryClient } from "./query-client";

/** Who is signed in on this page; if nobody, how that came about. */
export type SessionState =
  { signedIn: true; person: Person; sessionId: string } | { signedIn: false; because: Absence };

/** Signed out and deleted are by choice; over is all else: the person wants to come back to the page. */
export type Absence = "over" | "signed out" | "deleted";

/** The session as the server sees it; asked for again when the page is returned to. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<SessionState> => {
    const session = await fetchSession();
    return session === null ? { signedIn: false, because: "over" } : { signedIn: true, ...session };
  },
  staleTime: 30_000,
});

/**
 * Reads the session anew after signing in or up, and tells the other tabs.
 *
 * @returns false when the server could not be asked whose it is
 */
export async function beginSession(): Promise<boolean> {
  const person = await refreshSession();
  announce("began");
  return person !== undefined;
}

/** Signs out on the server, then here and in the other tabs. */
export async function endSession(): Promise<void> {
  await signOut();
  sessionEnded("signed out");
}

/** The session has ended by the person's choice: forgets it here and in the other tabs. */
export function sessionEnded(because: "signed out" | "deleted"): void {
  forget(because);
  announce("ended");
}

/**
 * Reads who is signed in anew, after this tab has changed it. What was done is
 * done, so this does not fail: a page must not report a change as refused
 * because of the question after it.
 *
 * @returns undefined when the server could not be asked; it will be, when a page wants to know next
 */
export async function refreshSession(): Promise<Person | null | undefined> {
  const { queryKey } = sessionQuery;
  // An answer on its way may be from before.
  await queryClient.cancelQueries({ queryKey });
  try {
    const session = await queryClient.query({ ...sessionQuery, staleTime: 0 });
    return session.signedIn ? session.person : null;
  } catch {
    // Somebody is signed in. If the page showed them already, it may go on doing so meanwhile.
    if (queryClient.getQueryData(queryKey)?.signedIn === true) {
      await queryClient.invalidateQueries({ queryKey, refetchType: "none" });
    } else {
      void queryClient.resetQueries({ queryKey });
    }
    return undefined;
  }
}

/** The server says that the session is over. */
export function sessionIsOver(): void {
  if (queryClient.getQueryData(sessionQuery.queryKey)?.signedIn === true) forget("over");
}

type Message = "began" | "ended";

/** Between the tabs of this browser. One channel per tab: a channel does not hear itself. */
let channel: BroadcastChannel | null = null;

/** Follows what other tabs do with the session. Returns how to stop. */
export function followOtherTabs(): () => void {
  const opened = new BroadcastChannel("tessera.session");
  channel = opened;
  opened.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data === "ended") {
      forget("signed out");
    } else {
      // It may be another person now: nothing of the former one may stay.
      keeper.drop();
      void queryClient.resetQueries();
    }
  };
  return () => {
    opened.close();
    channel = null;
  };
}

function announce(message: Message): void {
  channel?.postMessage(message);
}

/** Removes everything private from memory: the token, and all that was fetched with it. */
export function forgetPrivate(): void {
  keeper.drop();
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}

function forget(because: Absence): void {
  void queryClient.cancelQueries();
  const nobody: SessionState = { signedIn: false, because };
  queryClient.setQueryData(sessionQuery.queryKey, nobody);
  forgetPrivate();
}
