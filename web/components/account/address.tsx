"use client";

import { useState } from "react";
import { VerificationLinkForm } from "@/components/auth/verification-link-form";
import { DevMailboxLink } from "@/components/dev-mailbox-link";
import { Field } from "@/components/field";
import { FormDone } from "@/components/form-done";
import { FormFailure } from "@/components/form-failure";
import { useCurrent } from "@/components/signed-in";
import { textOf, useForm } from "@/components/use-form";
import { changeEmail } from "@/lib/account";
import type { Person } from "@/lib/auth";
import { newEmailProblem } from "@/lib/validation";
import styles from "./account.module.css";

/** The address of the account: whether it is verified, and how to change it. */
export function Address() {
  const { person } = useCurrent();
  // A new round gives a fresh, empty field.
  const [round, setRound] = useState(0);
  const { form, problems, failure, done, busy } = useForm({
    validate: (values) => ({ newEmail: newEmailProblem(textOf(values, "newEmail"), person.email) }),
    submit: async (values) => {
      const newEmail = textOf(values, "newEmail").trim();
      const email = await changeEmail(newEmail);
      setRound((number) => number + 1);
      return outcome(person, newEmail, email);
    },
  });
  return (
    <section className={styles.section} aria-labelledby="address">
      <h2 id="address">E-mail address</h2>
      <p className={styles.fact}>
        <strong>{person.email}</strong>
        {!person.emailVerified && ", not verified yet"}
      </p>
      {!person.emailVerified && <VerificationLinkForm email={person.email} />}
      <form className="form" {...form}>
        <Field
          key={round}
          label="New address"
          name="newEmail"
          type="email"
          autoComplete="email"
          inputMode="email"
          problem={problems.newEmail}
        />
        <FormFailure message={failure} />
        <div className="buttons">
          <button type="submit" className="button" aria-disabled={busy}>
            {busy ? "Changing…" : "Change address"}
          </button>
        </div>
        <FormDone message={done} />
        {done !== "" && <DevMailboxLink />}
      </form>
    </section>
  );
}

/** What has come of the change; `now` is the address of the account after it, when that is known. */
function outcome({ email, emailVerified }: Person, newEmail: string, now: string | undefined): string {
  if (now === undefined) {
    return `The change is accepted. If your address is still ${email} when you load this page again, look for a letter with a link.`;
  }
  if (now === newEmail.toLowerCase()) return `Your address is ${now} now.`;
  return emailVerified
    ? `A letter is on its way to ${email}. Follow the link in it, then the one in the letter to ${newEmail}; if that address is free, it is yours then.`
    : `A letter is on its way to ${newEmail}, if that address is free. Your address changes when you follow the link in it.`;
}
