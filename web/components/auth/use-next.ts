import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useQueryString } from "@/components/use-query-string";
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
  const query = useQueryString();
  const next = query === null ? "/tasks" : nextPath(query.get("next"), window.location.origin);
  const signedIn = session?.signedIn === true;

  useEffect(() => {
    if (signedIn) router.replace(next);
  }, [signedIn, next, router]);

  return next;
}
