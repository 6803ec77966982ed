"use client";

import { Field } from "@/components/field";
import { FormDone } from "@/components/form-done";
import { FormFailure } from "@/components/form-failure";
import { useCurrent } from "@/components/signed-in";
import { textOf, useForm } from "@/components/use-form";
import { changeName } from "@/lib/account";
import { dayOf } from "@/lib/dates";
import { nameProblem } from "@/lib/validation";
import styles from "./account.module.css";

/** Who is signed in, and by what name. */
export function Profile() {
  const { person } = useCurrent();
  const { form, problems, failure, done, busy } = useForm({
    validate: (values) => ({ name: nameProblem(textOf(values, "name")) }),
    submit: async (values) => {
      await changeName(textOf(values, "name").trim());
      return "Your name is saved.";
    },
  });
  return (
    <section className={styles.section} aria-labelledby="profile">
      <h2 id="profile">You</h2>
      <p className={styles.fact}>Here since {dayOf(person.createdAt)}.</p>
      <form className="form" {...form}>
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          defaultValue={person.name}
          problem={problems.name}
        />
        <FormFailure message={failure} />
        <div className="buttons">
          <button type="submit" className="button" aria-disabled={busy}>
            {busy ? "Saving…" : "Save name"}
          </button>
        </div>
        <FormDone message={done} />
      </form>
    </section>
  );
}
