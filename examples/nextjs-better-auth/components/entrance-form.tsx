"use client";

import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { Heading } from "@/components/heading";
import { authClient, failureOf } from "@/lib/auth-client";

/** Signs in, or signs up: one form, and a button that turns it into the other. */
export function EntranceForm() {
  const router = useRouter();
  const [isNew, setIsNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const { name = "", email = "", password = "" } = fields;
    setBusy(true);
    setFailure(null);
    const failure = await failureOf(
      isNew
        ? authClient.signUp.email({ name, email, password })
        : authClient.signIn.email({ email, password }),
    );
    // The page makes room for the tasks.
    if (failure === null) return router.refresh();
    setBusy(false);
    setFailure(failure);
  }

  return (
    <main className="narrow">
      <Heading>{isNew ? "Create an account" : "Sign in"}</Heading>
      {/* Until the scripts are there, the browser itself submits: what is typed must not be in the address. */}
      <form method="post" onSubmit={submit}>
        {isNew && (
          <label>
            Name
            <input name="name" autoComplete="name" required />
          </label>
        )}
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete={isNew ? "new-password" : "current-password"}
            aria-describedby={isNew ? "password-rule" : undefined}
            minLength={isNew ? 8 : undefined}
            required
          />
        </label>
        {isNew && <p id="password-rule">At least 8 characters.</p>}
        <p role="alert">{failure}</p>
        <button className="primary" disabled={busy}>
          {isNew ? "Create account" : "Sign in"}
        </button>
      </form>
      <button
        type="button"
        className="quiet"
        onClick={() => {
          setIsNew(!isNew);
          setFailure(null);
        }}
      >
        {isNew ? "I have an account" : "I have no account yet"}
      </button>
    </main>
  );
}
