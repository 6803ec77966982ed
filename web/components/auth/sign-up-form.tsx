"use client";

import Link from "next/link";
import { type InputEvent, useState } from "react";
import { Field } from "@/components/field";
import { FormFailure } from "@/components/form-failure";
import { OutcomeHeading } from "@/components/outcome-heading";
import { textOf, useForm } from "@/components/use-form";
import { signUp } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { emailProblem, nameProblem, newPasswordProblem } from "@/lib/validation";
import { EmailField } from "./email-field";
import { NewPasswordField } from "./new-password-field";
import { useNext } from "./use-next";
import { VerificationLinkForm } from "./verification-link-form";

/** Name, e-mail and a new password. */
export function SignUpForm() {
  const { next, enter } = useNext();
  const [own, setOwn] = useState<string[]>([]);
  const [invited, setInvited] = useState<string | null>(null);
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({
      name: nameProblem(textOf(values, "name")),
      email: emailProblem(textOf(values, "email")),
      password: newPasswordProblem(textOf(values, "password")),
    }),
    submit: async (values) => {
      const email = textOf(values, "email").trim();
      const signedIn = await signUp({
        name: textOf(values, "name").trim(),
        email,
        password: textOf(values, "password"),
      });
      if (signedIn) await enter();
      else setInvited(email);
    },
  });

  function onInput(event: InputEvent<HTMLFormElement>) {
    form.onInput(event);
    const values = new FormData(event.currentTarget);
    setOwn([textOf(values, "name"), textOf(values, "email")]);
  }

  if (invited !== null) return <Invited email={invited} />;
  return (
    <>
      <h1>Create an account</h1>
      <form className="form" {...form} onInput={onInput}>
        <Field label="Name" name="name" autoComplete="name" problem={problems.name} />
        <EmailField problem={problems.email} />
        <NewPasswordField label="Password" problem={problems.password} own={own} />
        <FormFailure message={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Creating your account…" : "Create account"}
        </button>
      </form>
      <p className="aside">
        Have an account already? <Link href={withNext("/sign-in", next)}>Sign in</Link>
      </p>
    </>
  );
}

/** The server says the same whether the address was new or not. */
function Invited({ email }: { email: string }) {
  return (
    <>
      <OutcomeHeading>One more step</OutcomeHeading>
      <p className="lead">
        You can <Link href="/sign-in">sign in</Link> now. If your address has to be verified first, a letter
        with a link is on its way to <strong>{email}</strong>.
      </p>
      <VerificationLinkForm email={email} sent />
      <p className="aside">
        You had an account with this address already? <Link href="/forgot">Choose a new password</Link>
      </p>
    </>
  );
}
