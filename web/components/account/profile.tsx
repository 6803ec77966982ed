"use client";

import { useCurrent } from "@/components/signed-in";
import { dayOf } from "@/lib/dates";
import styles from "./account.module.css";

/** Who is signed in. */
export function Profile() {
  const { person } = useCurrent();
  return (
    <section className={styles.section} aria-labelledby="profile">
      <h2 id="profile">You</h2>
      <dl className={styles.facts}>
        <dt>Name</dt>
        <dd>{person.name}</dd>
        <dt>E-mail</dt>
        <dd>{person.email}</dd>
        <dt>Here since</dt>
        <dd>{dayOf(person.createdAt)}</dd>
      </dl>
    </section>
  );
}
