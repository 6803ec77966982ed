"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import { createContext, type ReactNode, use, useEffect } from "react";
import type { Person } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { explain } from "@/lib/plain-words";
import { forgetPrivate, sessionQuery } from "@/lib/session";
import { AppHeader, Navigation } from "./app-header";
import { LoadFailure } from "./load-failure";
import { Notices } from "./notices";
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

/** A private page: shown only to someone who is signed in; everyone else is sent to sign-in and back. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const router = useRouter();
  const pathname = usePathname();

  useEffect(() => {
    if (session?.signedIn !== false) return;
    forgetPrivate();
    const back = withNext("/sign-in", pathname + window.location.search);
    router.replace({ over: back, "signed out": "/sign-in", deleted: "/goodbye" }[session.because]);
  }, [session, pathname, router]);

  if (session?.signedIn === true) {
    // The key gives another person a page of their own, with nothing left of the former one's.
    return (
      <CurrentContext key={session.person.id} value={session}>
        <Notices>
          <a className="skip" href="#main">
            Skip to content
          </a>
          <AppHeader>
            <Navigation />
          </AppHeader>
          <main id="main" className="page" tabIndex={-1}>
            {children}
          </main>
        </Notices>
      </CurrentContext>
    );
  }
  return (
    <>
      <AppHeader />
      <main className="page">
        {session === undefined && error !== null ? (
          <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />
        ) : (
          <Skeleton label="Loading" />
        )}
      </main>
    </>
  );
}
