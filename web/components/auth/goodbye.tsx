"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { LoadFailure } from "@/components/load-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { Skeleton } from "@/components/skeleton";
import { useQueryString } from "@/components/use-query-string";
import type { Person } from "@/lib/auth";
import { explain } from "@/lib/plain-words";
import { sessionQuery } from "@/lib/session";
import { WayOn } from "./way-on";

/** Where deleting an account leads, here or by the link in a letter; says what came of it. */
export function Goodbye() {
  const query = useQueryString();
  const { data: session, error, refetch } = useQuery(sessionQuery);

  if (session === undefined && error !== null) {
    return <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />;
  }
  if (query === null || session === undefined) return <Skeleton label="Loading" />;
  const person = session.signedIn ? session.person : null;
  const refusal = query.get("error");
  if (refusal === "FAILED_TO_GET_USER_INFO") return <SignInFirst person={person} />;
  if (refusal !== null) return <Refused person={person} />;
  return person === null ? <Deleted /> : <ToAccount />;
}

interface Props {
  /** Who is signed in in this browser, if anybody. */
  person: Person | null;
}

/** The link was followed where nobody was signed in; the server does not say whether it still works. */
function SignInFirst({ person }: Props) {
  if (person !== null) {
    return (
      <>
        <OutcomeHeading>Follow the link again</OutcomeHeading>
        <p className="lead">
          You are signed in as <strong>{person.email}</strong> now. To delete this account, follow the link in
          the letter again.
        </p>
        <WayOn href="/account">Go to your account</WayOn>
      </>
    );
  }
  return (
    <>
      <OutcomeHeading>Sign in first</OutcomeHeading>
      <p className="lead">
        This link deletes an account only where its owner is signed in. Sign in here and follow the link
        again. If you have already followed it, the account is gone.
      </p>
      <WayOn href="/sign-in">Sign in</WayOn>
    </>
  );
}

function Refused({ person }: Props) {
  const [href, label] = person === null ? ["/sign-in", "Sign in"] : ["/account", "Go to your account"];
  return (
    <>
      <OutcomeHeading>This link no longer works</OutcomeHeading>
      <p className="lead">
        {person !== null && (
          <>
            You are signed in as <strong>{person.email}</strong>, and this account is not deleted.{" "}
          </>
        )}
        A link works once, within a day, for the account that asked for it. To delete an account, begin again
        on its account page.
      </p>
      <WayOn href={href}>{label}</WayOn>
    </>
  );
}

function Deleted() {
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

/** Nothing was deleted of somebody who has an account and came here by no link. */
function ToAccount() {
  const router = useRouter();
  useEffect(() => {
    router.replace("/account");
  }, [router]);
  return <Skeleton label="Loading" />;
}
