import { useRouter } from "next/navigation";
import { useEffect, useSyncExternalStore } from "react";
import { useQuery } from "@tanstack/react-query";
import { nextPath } from "@/lib/next-path";
import { sessionQuery } from "@/lib/session";

/**
 * The page to go to after signing in; goes there as soon as someone is signed in.
 *
 * @returns the path, for links between the guest pages
 */
export function useNext(): string {
  const router = useRouter();
  const { data: session } = useQuery(sessionQuery);
  const next = useSyncExternalStore(subscribeToNothing, readNext, () => "/tasks");
  const signedIn = session?.signedIn === true;

  useEffect(() => {
    if (signedIn) router.replace(next);
  }, [signedIn, next, router]);

  return next;
}

function readNext(): string {
  return nextPath(new URLSearchParams(window.location.search).get("next"), window.location.origin);
}

function subscribeToNothing(): () => void {
  return () => undefined;
}
