"use client";

import Link from "next/link";
import { useRef, useState } from "react";
import { NewPasswordField } from "@/components/auth/new-password-field";
import { PasswordField } from "@/components/auth/password-field";
import { FormDone } from "@/components/form-done";
import { FormFailure } from "@/components/form-failure";
import { useCurrent } from "@/components/signed-in";
import { textOf, useForm } from "@/components/use-form";
import { changePassword } from "@/lib/account";
import { newPasswordProblem, passwordProblem } from "@/lib/validation";
import { AccountName } from "./account-name";
import styles from "./account.module.css";

/** Replaces the password, and unless it is not wanted ends every other session. */
export function Password() {
  const { person } = useCurrent();
  // A new round gives fresh, empty fields.
  const [round, setRound] = useState(0);
  const button = useRef<HTMLButtonElement>(null);
  const { form, problems, failure, done, busy } = useForm({
    validate: (values) => ({
      currentPassword: passwordProblem(textOf(values, "currentPassword")),
      password: newPasswordProblem(textOf(values, "password")),
    }),
    submit: async (values) => {
      const revokeOtherSessions = values.has("everywhere");
      await changePassword({
        currentPassword: textOf(values, "currentPassword"),
        newPassword: textOf(values, "password"),
        revokeOtherSessions,
      });
      // Before the field goes that Enter was pressed in.
      button.current?.focus();
      setRound((number) => number + 1);
      return revokeOtherSessions
        ? "Your password is changed. You are signed out on all other devices."
        : "Your password is changed.";
    },
  });
  return (
    <section className={styles.section} aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form className="form" {...form}>
        <AccountName email={person.email} />
        <div key={round} className={styles.fields}>
          <PasswordField
            label="Current password"
            name="currentPassword"
            autoComplete="current-password"
            problem={problems.currentPassword}
          />
          <NewPasswordField
            label="New password"
            problem={problems.password}
            own={[person.name, person.email]}
          />
          <label className="check">
            <input type="checkbox" name="everywhere" defaultChecked />
            Sign out on all other devices
          </label>
        </div>
        <FormFailure message={failure} />
        <div className="buttons">
          <button ref={button} type="submit" className="button" aria-disabled={busy}>
            {busy ? "Changing…" : "Change password"}
          </button>
        </div>
        <FormDone message={done} />
      </form>
      <p className={styles.fact}>
        <Link href="/forgot">Forgot your password?</Link>
      </p>
    </section>
  );
}
