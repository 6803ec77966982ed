"use client";

import Link from "next/link";
import { Field } from "@/components/field";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { signIn } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { beginSession } from "@/lib/session";
import { emailProblem, passwordProblem } from "@/lib/validation";
import { PasswordField } from "./password-field";
import { useNext } from "./use-next";

/** E-mail and password, and whether to stay signed in. */
export function SignInForm() {
  const next = useNext();
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({
      email: emailProblem(textOf(values, "email")),
      password: passwordProblem(textOf(values, "password")),
    }),
    submit: async (values) => {
      await signIn({
        email: textOf(values, "email").trim(),
        password: textOf(values, "password"),
        rememberMe: values.has("remember"),
      });
      await beginSession();
    },
  });

  return (
    <>
      <h1>Sign in</h1>
      <form className="form" {...form}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          problem={problems.email}
        />
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
      <p className="aside">
        No account yet? <Link href={withNext("/sign-up", next)}>Create one</Link>
      </p>
    </>
  );
}
