"use client";

import { DevMailboxLink } from "@/components/dev-mailbox-link";
import { FormDone } from "@/components/form-done";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { sendVerificationLink } from "@/lib/auth";
import { emailProblem } from "@/lib/validation";
import { EmailField } from "./email-field";

interface Props {
  /** Where to; null asks for it. */
  email: string | null;
  /** Whether such a letter may be on its way already. */
  sent?: boolean;
}

/** Sends the link that verifies an address. */
export function VerificationLinkForm({ email, sent = false }: Props) {
  const addressIn = (values: FormData) => email ?? textOf(values, "email").trim();
  const { form, problems, failure, done, busy } = useForm({
    validate: (values) => ({ email: emailProblem(addressIn(values)) }),
    submit: async (values) => {
      await sendVerificationLink(addressIn(values));
      return `If ${addressIn(values)} still has to be verified, a letter with a link is on its way there.`;
    },
  });
  return (
    <form className="form" {...form}>
      {email === null && <EmailField problem={problems.email} />}
      <FormFailure message={failure} />
      <button type="submit" className="button" aria-disabled={busy}>
        {busy ? "Sending…" : "Send a verification link"}
      </button>
      <FormDone message={done} />
      {(sent || done !== "") && <DevMailboxLink />}
    </form>
  );
}
