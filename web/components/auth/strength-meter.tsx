"use client";

import { useEffect, useState } from "react";
import type { Strength } from "@/lib/strength";
import styles from "./strength-meter.module.css";

const WORDS: Readonly<Record<Strength, string>> = {
  0: "Guessed at once",
  1: "Easy to guess",
  2: "Could be stronger; add a word or two",
  3: "Good",
  4: "Very good",
};
const TILES = [1, 2, 3, 4] as const;
/** Long enough that fast typing is not judged at every letter. */
const PAUSE_MS = 120;

interface Props {
  id: string;
  password: string;
  /** What others know of the person: a password made of it is weak. */
  own: string[];
}

/** Says how hard a password is to guess, while it is typed. */
export function StrengthMeter({ id, password, own }: Props) {
  const [strength, setStrength] = useState<Strength | null>(null);
  const known = own.join("\n");

  useEffect(() => {
    let stale = false;
    const timer = setTimeout(() => {
      import("@/lib/strength")
        .then(({ strengthOf }) => {
          if (!stale) setStrength(password === "" ? null : strengthOf(password, known.split("\n")));
        })
        .catch(() => {
          // The estimate is a help; without it the server still refuses the worst.
          if (!stale) setStrength(null);
        });
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [password, known]);

  const missing = 8 - password.length;
  const words =
    password === "" || strength === null
      ? "At least 8 characters. Several unrelated words make a good password."
      : missing > 0
        ? `${missing} more ${missing === 1 ? "character" : "characters"} needed`
        : WORDS[strength];
  const lit = strength === null || missing > 0 || password === "" ? 0 : Math.max(1, strength);

  return (
    <div className={styles.meter}>
      <span className={styles.tiles} data-strength={lit} aria-hidden="true">
        {TILES.map((tile) => (
          <span key={tile} className={tile <= lit ? styles.lit : undefined} />
        ))}
      </span>
      <p id={id} role="status">
        {words}
      </p>
    </div>
  );
}
