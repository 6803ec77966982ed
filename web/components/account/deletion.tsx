"use client";

import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { PasswordField } from "@/components/auth/password-field";
import { DevMailboxLink } from "@/components/dev-mailbox-link";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { FormDone } from "@/components/form-done";
import { FormFailure } from "@/components/form-failure";
import { useCurrent } from "@/components/signed-in";
import { textOf, useForm } from "@/components/use-form";
import { deleteAccount } from "@/lib/account";
import { site } from "@/lib/site";
import { confirmationProblem, passwordProblem } from "@/lib/validation";
import { AccountName } from "./account-name";
import styles from "./account.module.css";

const WORD = "delete";

/** How to leave for good. */
export function Deletion() {
  const [asking, setAsking] = useState(false);
  const { data: config } = useQuery({
    queryKey: ["site"],
    queryFn: () => site.config(),
    staleTime: Infinity,
  });
  return (
    <section className={styles.section} aria-labelledby="deletion">
      <h2 id="deletion">Delete your account</h2>
      <p className={styles.fact}>
        You are signed out everywhere, and nobody can sign in with it again.{" "}
        {config?.tasksGoWithAccount === true && "Your tasks go with it."}
        {config?.tasksGoWithAccount === false &&
          "Your tasks are kept elsewhere: they stay, unseen by anybody else."}
      </p>
      <div className="buttons">
        <button
          type="button"
          className="button"
          onClick={() => {
            setAsking(true);
          }}
        >
          Delete account…
        </button>
      </div>
      {asking && (
        <DeletionDialog
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </section>
  );
}

/** Asks for a word and the password before an account is deleted. */
function DeletionDialog({ onClose }: { onClose: () => void }) {
  const { person } = useCurrent();
  const first = useRef<HTMLInputElement>(null);
  const { form, problems, failure, done, busy } = useForm({
    validate: (values) => ({
      confirmation: confirmationProblem(textOf(values, "confirmation"), WORD),
      currentPassword: passwordProblem(textOf(values, "currentPassword")),
    }),
    submit: async (values) => {
      const deleted = await deleteAccount(textOf(values, "currentPassword"));
      return deleted
        ? ""
        : `A letter is on its way to ${person.email}. Your account is deleted when you follow the link in it, in this browser and while you are signed in.`;
    },
  });
  return (
    <Dialog title="Delete your account for good?" first={first} onClose={onClose}>
      <form {...form}>
        <AccountName email={person.email} />
        <Field
          ref={first}
          label={`Type “${WORD}” to confirm`}
          name="confirmation"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          problem={problems.confirmation}
        />
        <PasswordField
          label="Your password"
          name="currentPassword"
          autoComplete="current-password"
          problem={problems.currentPassword}
        />
        <FormFailure message={failure} />
        <FormDone message={done} />
        {done !== "" && <DevMailboxLink />}
        <div className="buttons">
          <button type="submit" className="button danger" aria-disabled={busy}>
            {busy ? "Deleting…" : "Delete account"}
          </button>
          <button type="button" className="button quiet" onClick={onClose}>
            {done === "" ? "Keep it" : "Close"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
