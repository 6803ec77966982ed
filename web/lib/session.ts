import { queryOptions } from "@tanstack/react-query";
import { fetchSession, keeper, type Person, signOut } from "./auth";
import { queryClient } from "./query-client";

/** Who is signed in on this page; if nobody, whether the person chose so. */
export type SessionState =
  { signedIn: true; person: Person; sessionId: string } | { signedIn: false; byChoice: boolean };

/** The session as the server sees it; asked for again when the page is returned to. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<SessionState> => {
    const session = await fetchSession();
    return session === null ? { signedIn: false, byChoice: false } : { signedIn: true, ...session };
  },
  staleTime: 30_000,
});

/** Reads the session anew after signing in or up, and tells the other tabs. */
export async function beginSession(): Promise<void> {
  // An answer on its way may be from before.
  await queryClient.cancelQueries({ queryKey: sessionQuery.queryKey });
  await queryClient.query({ ...sessionQuery, staleTime: 0 });
  announce("began");
}

/** Signs out on the server, then here and in the other tabs. */
export async function endSession(): Promise<void> {
  await signOut();
  forget(true);
  announce("ended");
}

/** The server says that the session is over. */
export function sessionIsOver(): void {
  if (queryClient.getQueryData(sessionQuery.queryKey)?.signedIn === true) forget(false);
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
      forget(true);
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

function forget(byChoice: boolean): void {
  void queryClient.cancelQueries();
  const nobody: SessionState = { signedIn: false, byChoice };
  queryClient.setQueryData(sessionQuery.queryKey, nobody);
  forgetPrivate();
}
