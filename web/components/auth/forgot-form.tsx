"use client";

import Link from "next/link";
import { useState } from "react";
import { DevMailboxLink } from "@/components/dev-mailbox-link";
import { FormFailure } from "@/components/form-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { textOf, useForm } from "@/components/use-form";
import { requestPasswordReset } from "@/lib/auth";
import { emailProblem } from "@/lib/validation";
import { EmailField } from "./email-field";

/** Asks for a link to a new password. What it answers is the same whether there is such an account or not. */
export function ForgotForm() {
  const [askedFor, setAskedFor] = useState<string | null>(null);
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({ email: emailProblem(textOf(values, "email")) }),
    submit: async (values) => {
      const email = textOf(values, "email").trim();
      await requestPasswordReset(email);
      setAskedFor(email);
    },
  });

  if (askedFor !== null) {
    return (
      <>
        <OutcomeHeading>Look in your mailbox</OutcomeHeading>
        <p className="lead">
          If there is an account with <strong>{askedFor}</strong>, a letter with a link is on its way. The
          link works once, within an hour.
        </p>
        <DevMailboxLink />
        <p className="aside">
          Nothing there after some minutes? Look among the unwanted mail, or{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              setAskedFor(null);
            }}
          >
            ask again
          </button>
          .
        </p>
        <p className="aside">
          <Link href="/sign-in">Back to sign-in</Link>
        </p>
      </>
    );
  }
  return (
    <>
      <h1>Forgot your password?</h1>
      <p className="lead">
        Enter the address of your account. You get a letter with a link to choose a new password.
      </p>
      <form className="form" {...form}>
        <EmailField problem={problems.email} />
        <FormFailure message={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Sending…" : "Send me a link"}
        </button>
      </form>
      <p className="aside">
        Remembered it? <Link href="/sign-in">Sign in</Link>
      </p>
    </>
  );
}
