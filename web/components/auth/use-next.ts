import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useQueryString } from "@/components/use-query-string";
import { nextPath } from "@/lib/next-path";
import { beginSession, sessionQuery } from "@/lib/session";

interface Next {
  /** Its path, for links between the guest pages. */
  next: string;
  /** Goes there after signing in or up. */
  enter: () => Promise<void>;
}

/** The page to go to after signing in; goes there as soon as someone is signed in. */
export function useNext(): Next {
  const router = useRouter();
  const { data: session } = useQuery(sessionQuery);
  const query = useQueryString();
  const next = query === null ? "/tasks" : nextPath(query.get("next"), window.location.origin);
  const signedIn = session?.signedIn === true;

  useEffect(() => {
    if (signedIn) router.replace(next);
  }, [signedIn, next, router]);

  async function enter() {
    // What the server cannot be asked now, that page asks again, with a way to try once more.
    if (!(await beginSession())) router.replace(next);
  }

  return { next, enter };
}
