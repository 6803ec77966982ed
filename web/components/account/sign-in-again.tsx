"use client";

import { PasswordField } from "@/components/auth/password-field";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { signInAgain } from "@/lib/auth";
import { beginSession } from "@/lib/session";
import { passwordProblem } from "@/lib/validation";

/** Asks for the password once more, where the server wants a session that began today. */
export function SignInAgain({ email, onDone }: { email: string; onDone: () => void }) {
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({ password: passwordProblem(textOf(values, "password")) }),
    submit: async (values) => {
      await signInAgain(email, textOf(values, "password"));
      await beginSession();
      onDone();
    },
  });
  return (
    <form className="form" {...form}>
      <p>You signed in more than a day ago. Enter your password again to see your sessions.</p>
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        problem={problems.password}
      />
      <FormFailure message={failure} />
      <button type="submit" className="button primary" aria-disabled={busy}>
        {busy ? "Signing in…" : "Sign in again"}
      </button>
    </form>
  );
}
