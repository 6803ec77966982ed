"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { LoadFailure } from "@/components/load-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { Skeleton } from "@/components/skeleton";
import { explain } from "@/lib/plain-words";
import { sessionQuery } from "@/lib/session";

/** Says that the account is deleted; to somebody who has one, it shows that one instead. */
export function Goodbye() {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const router = useRouter();
  const signedIn = session?.signedIn;

  useEffect(() => {
    if (signedIn === true) router.replace("/account");
  }, [signedIn, router]);

  if (session === undefined && error !== null) {
    return <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />;
  }
  if (signedIn !== false) return <Skeleton label="Loading" />;
  return (
    <>
      <OutcomeHeading>Your account is deleted</OutcomeHeading>
      <p className="lead">You are signed out everywhere, and nobody can sign in with it any more.</p>
      <p className="aside">
        Changed your mind? <Link href="/sign-up">Create a new account</Link>
      </p>
    </>
  );
}
