"use client";

import Link from "next/link";
import { useState } from "react";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { signIn } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { RequestError } from "@/lib/request-error";
import { emailProblem, passwordProblem } from "@/lib/validation";
import { EmailField } from "./email-field";
import { PasswordField } from "./password-field";
import { useNext } from "./use-next";
import { VerificationLinkForm } from "./verification-link-form";

/** E-mail and password, and whether to stay signed in. */
export function SignInForm() {
  const { next, enter } = useNext();
  const [unverified, setUnverified] = useState<string | null>(null);
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({
      email: emailProblem(textOf(values, "email")),
      password: passwordProblem(textOf(values, "password")),
    }),
    submit: async (values) => {
      const email = textOf(values, "email").trim();
      const password = textOf(values, "password");
      setUnverified(null);
      try {
        await signIn({ email, password, rememberMe: values.has("remember") });
        await enter();
      } catch (error) {
        if (error instanceof RequestError && error.code === "EMAIL_NOT_VERIFIED") setUnverified(email);
        throw error;
      }
    },
  });

  return (
    <>
      <h1>Sign in</h1>
      <form className="form" {...form}>
        <EmailField problem={problems.email} />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          problem={problems.password}
        />
        <label className="check">
          <input type="checkbox" name="remember" defaultChecked />
          Stay signed in on this device
        </label>
        <FormFailure message={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      {unverified !== null && <VerificationLinkForm email={unverified} />}
      <p className="aside">
        <Link href="/forgot">Forgot your password?</Link>
      </p>
      <p className="aside">
        No account yet? <Link href={withNext("/sign-up", next)}>Create one</Link>
      </p>
    </>
  );
}
