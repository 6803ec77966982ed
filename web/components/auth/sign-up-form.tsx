"use client";

import Link from "next/link";
import { type InputEvent, useId, useState } from "react";
import { Field } from "@/components/field";
import { FormFailure } from "@/components/form-failure";
import { textOf, useForm } from "@/components/use-form";
import { signUp } from "@/lib/auth";
import { withNext } from "@/lib/next-path";
import { beginSession } from "@/lib/session";
import { emailProblem, nameProblem, newPasswordProblem } from "@/lib/validation";
import { PasswordField } from "./password-field";
import { StrengthMeter } from "./strength-meter";
import { useNext } from "./use-next";

/** Name, e-mail and a new password. */
export function SignUpForm() {
  const next = useNext();
  const meterId = useId();
  const [typed, setTyped] = useState({ name: "", email: "", password: "" });
  const { form, problems, failure, busy } = useForm({
    validate: (values) => ({
      name: nameProblem(textOf(values, "name")),
      email: emailProblem(textOf(values, "email")),
      password: newPasswordProblem(textOf(values, "password")),
    }),
    submit: async (values) => {
      await signUp({
        name: textOf(values, "name").trim(),
        email: textOf(values, "email").trim(),
        password: textOf(values, "password"),
      });
      await beginSession();
    },
  });

  function onInput(event: InputEvent<HTMLFormElement>) {
    form.onInput(event);
    const values = new FormData(event.currentTarget);
    setTyped({
      name: textOf(values, "name"),
      email: textOf(values, "email"),
      password: textOf(values, "password"),
    });
  }

  return (
    <>
      <h1>Create an account</h1>
      <form className="form" {...form} onInput={onInput}>
        <Field label="Name" name="name" autoComplete="name" problem={problems.name} />
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
          autoComplete="new-password"
          problem={problems.password}
          describedBy={meterId}
        />
        <StrengthMeter id={meterId} password={typed.password} own={[typed.name, typed.email]} />
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
