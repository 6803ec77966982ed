"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { LoadFailure } from "@/components/load-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { Skeleton } from "@/components/skeleton";
import { useQueryString } from "@/components/use-query-string";
import type { Person } from "@/lib/auth";
import { explain } from "@/lib/plain-words";
import { sessionQuery } from "@/lib/session";
import { VerificationLinkForm } from "./verification-link-form";
import { WayOn } from "./way-on";

/** Where links in letters lead that verify or change an address; says what came of it. */
export function Verification() {
  const query = useQueryString();
  const { data: session, error, refetch } = useQuery(sessionQuery);

  if (session === undefined && error !== null) {
    return <LoadFailure message={explain(error).message} onRetry={() => void refetch()} />;
  }
  if (query === null || session === undefined) return <Skeleton label="Loading" />;
  const person = session.signedIn ? session.person : null;
  const change = query.get("after") === "change";
  const refusal = query.get("error");
  if (refusal === "INVALID_USER" && person !== null) return <OtherAccount person={person} />;
  if (refusal !== null) return change ? <ChangeRefused person={person} /> : <Refused person={person} />;
  if (change) return <Changed person={person} />;
  return query.get("after") === "verification" ? (
    <Verified person={person} />
  ) : (
    <NotVerified person={person} />
  );
}

interface Props {
  /** Who is signed in in this browser, if anybody. */
  person: Person | null;
}

function Verified({ person }: Props) {
  return (
    <>
      <OutcomeHeading>Your address is verified</OutcomeHeading>
      <p className="lead">
        Thank you. {person === null ? "You can sign in now." : "There is nothing else to do."}
      </p>
      <Onward person={person} />
    </>
  );
}

function Refused({ person }: Props) {
  if (person?.emailVerified === true) return <Verified person={person} />;
  return (
    <>
      <OutcomeHeading>This link does not work</OutcomeHeading>
      <p className="lead">
        A link works for an hour, and only as it stands in the letter. Ask for another one here.
      </p>
      <VerificationLinkForm email={person?.email ?? null} />
      <Aside person={person} />
    </>
  );
}

function NotVerified({ person }: Props) {
  if (person?.emailVerified === true) return <Verified person={person} />;
  return (
    <>
      <OutcomeHeading>Verify your address</OutcomeHeading>
      <p className="lead">You get a letter with a link. Following it shows that the address is yours.</p>
      <VerificationLinkForm email={person?.email ?? null} />
      <Aside person={person} />
    </>
  );
}

function Changed({ person }: Props) {
  return (
    <>
      <OutcomeHeading>Thank you for confirming</OutcomeHeading>
      {person !== null && (
        <p className="lead">
          The address of your account is <strong>{person.email}</strong>.
        </p>
      )}
      <p className="lead">
        If this was the letter to your old address, another one is on its way to the new address: follow the
        link in it too. Otherwise the change is made, and you sign in with the new address from now on.
      </p>
      <Onward person={person} />
    </>
  );
}

function ChangeRefused({ person }: Props) {
  return (
    <>
      <OutcomeHeading>This link no longer works</OutcomeHeading>
      <p className="lead">
        A link works once, within an hour.{" "}
        {person !== null && (
          <>
            The address of your account is <strong>{person.email}</strong>.{" "}
          </>
        )}
        To change your address, begin again on your account page.
      </p>
      <WayOn href="/account">Go to your account</WayOn>
    </>
  );
}

function OtherAccount({ person }: { person: Person }) {
  return (
    <>
      <OutcomeHeading>This link is for another account</OutcomeHeading>
      <p className="lead">
        You are signed in as <strong>{person.email}</strong>. Sign out first, then follow the link again.
      </p>
      <WayOn href="/account">Go to your account</WayOn>
    </>
  );
}

function Onward({ person }: Props) {
  const [href, label] = person === null ? ["/sign-in", "Sign in"] : ["/tasks", "Go to your tasks"];
  return <WayOn href={href}>{label}</WayOn>;
}

function Aside({ person }: Props): ReactNode {
  const [href, label] =
    person === null ? ["/sign-in", "Back to sign-in"] : ["/account", "Back to your account"];
  return (
    <p className="aside">
      <Link href={href}>{label}</Link>
    </p>
  );
}
