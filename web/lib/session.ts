import { queryOptions } from "@tanstack/react-query";
import { fetchSession, keeper, type Person, signOut } from "./auth";
import { queryClient } from "./query-client";

/** Who is signed in on this page; if nobody, whether the person chose so. */
export type SessionState =
  | { signedIn: true; person: Person; sessionId: string }
  | { signedIn: false; byChoice: boolean };

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

/** Follows what other tabs of this browser do with the session. Returns how to stop. */
export function followOtherTabs(): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data === "ended") {
      forget(true);
    } else {
      // It may be another person now: nothing of the former one may stay.
      keeper.drop();
      void queryClient.resetQueries();
    }
  };
  return () => {
    channel.close();
  };
}

const CHANNEL = "tessera.session";
type Message = "began" | "ended";

function announce(message: Message): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

/** Removes everything private from memory. */
function forget(byChoice: boolean): void {
  keeper.drop();
  void queryClient.cancelQueries();
  const nobody: SessionState = { signedIn: false, byChoice };
  queryClient.setQueryData(sessionQuery.queryKey, nobody);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  queryClient.getMutationCache().clear();
}
