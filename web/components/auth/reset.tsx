"use client";

import Link from "next/link";
import { useState } from "react";
import { FormFailure } from "@/components/form-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { Skeleton } from "@/components/skeleton";
import { textOf, useForm } from "@/components/use-form";
import { useQueryString } from "@/components/use-query-string";
import { resetPassword } from "@/lib/auth";
import { RequestError } from "@/lib/request-error";
import { newPasswordProblem } from "@/lib/validation";
import { NewPasswordField } from "./new-password-field";
import { WayOn } from "./way-on";

/** Where the link in the letter leads: with a token in the address, or with an error if it is no good. */
export function Reset() {
  const query = useQueryString();
  const [outcome, setOutcome] = useState<"changed" | "refused" | null>(null);

  if (query === null) return <Skeleton label="Loading" />;
  const token = query.get("token");
  if (outcome === "changed") return <Changed />;
  if (outcome === "refused" || token === null) return <DeadLink />;
  return <ResetForm token={token} onOutcome={setOutcome} />;
}

interface FormProps {
  token: string;
  onOutcome: (outcome: "changed" | "refused") => void;
}

function ResetForm({ token, onOutcome }: FormProps) {
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({ password: newPasswordProblem(textOf(values, "password")) }),
    submit: async (values) => {
      try {
        await resetPassword(token, textOf(values, "password"));
        onOutcome("changed");
      } catch (error) {
        if (!(error instanceof RequestError) || error.code !== "INVALID_TOKEN") throw error;
        onOutcome("refused");
      }
    },
  });
  return (
    <>
      <h1>Choose a new password</h1>
      <form className="form" {...form}>
        <NewPasswordField label="New password" problem={problems.password} own={[]} />
        <FormFailure message={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Saving…" : "Save the new password"}
        </button>
      </form>
    </>
  );
}

function Changed() {
  return (
    <>
      <OutcomeHeading>Your password is changed</OutcomeHeading>
      <p className="lead">
        Sign in with the new one. If somebody else may have known the old one, look on your account page at
        where you are signed in, and end what is not yours.
      </p>
      <WayOn href="/sign-in">Sign in</WayOn>
    </>
  );
}

function DeadLink() {
  return (
    <>
      <OutcomeHeading>This link no longer works</OutcomeHeading>
      <p className="lead">
        A link works once, within an hour. Ask for another if your password still has to be changed.
      </p>
      <WayOn href="/forgot">Ask for a new link</WayOn>
      <p className="aside">
        <Link href="/sign-in">Back to sign-in</Link>
      </p>
    </>
  );
}
