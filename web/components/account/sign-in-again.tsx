"use client";

import { PasswordField } from "@/components/auth/password-field";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { signInAgain } from "@/lib/auth";
import { beginSession } from "@/lib/session";
import { passwordProblem } from "@/lib/validation";
import { AccountName } from "./account-name";

/** Asks for the password once more, where the server wants a session that began today. */
export function SignInAgain({ email, onDone }: { email: string; onDone: () => void }) {
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({ currentPassword: passwordProblem(textOf(values, "currentPassword")) }),
    submit: async (values) => {
      await signInAgain(email, textOf(values, "currentPassword"));
      await beginSession();
      onDone();
    },
  });
  return (
    <form className="form" {...form}>
      <p>You signed in a while ago. Enter your password again to see where else you are signed in.</p>
      <AccountName email={email} />
      <PasswordField
        label="Password"
        name="currentPassword"
        autoComplete="current-password"
        problem={problems.currentPassword}
      />
      <FormFailure message={failure} />
      <button type="submit" className="button primary" aria-disabled={busy}>
        {busy ? "Signing in…" : "Sign in again"}
      </button>
    </form>
  );
}
