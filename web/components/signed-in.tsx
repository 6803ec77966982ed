"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import { createContext, type ReactNode, use, useEffect } from "react";
import type { Person } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { explain } from "@/lib/plain-words";
import { sessionQuery } from "@/lib/session";
import { LoadFailure } from "./load-failure";
import { Skeleton } from "./skeleton";

interface Current {
  person: Person;
  sessionId: string;
}

const CurrentContext = createContext<Current | null>(null);

/** Who is signed in. Only inside `SignedIn`. */
export function useCurrent(): Current {
  const current = use(CurrentContext);
  if (current === null) throw new Error("useCurrent needs a SignedIn around it");
  return current;
}

/** Renders its children only for someone who is signed in; sends everyone else to sign-in and back. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const router = useRouter();
  const pathname = usePathname();

  useEffect(() => {
    if (session?.signedIn !== false) return;
    router.replace(session.byChoice ? "/sign-in" : withNext("/sign-in", pathname + window.location.search));
  }, [session, pathname, router]);

  if (session?.signedIn === true) {
    // The key gives another person a page of their own, with nothing left of the former one's.
    return (
      <CurrentContext key={session.person.id} value={session}>
        {children}
      </CurrentContext>
    );
  }
  if (session === undefined && error !== null) {
    return <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />;
  }
  return <Skeleton label="Loading" />;
}
