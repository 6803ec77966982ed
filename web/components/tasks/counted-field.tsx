"use client";

import { type ComponentPropsWithRef, useId, useState } from "react";
import { characters } from "@/lib/validation";
import styles from "./tasks.module.css";

interface Common {
  label: string;
  limit: number;
  problem?: string | null | undefined;
}
type Props = Common &
  (
    | ({ multiline?: false } & Omit<ComponentPropsWithRef<"input">, "id">)
    | ({ multiline: true } & Omit<ComponentPropsWithRef<"textarea">, "id">)
  );

/**
 * A field that says how much room is left as the limit comes near. It does not
 * cut anything off: text that is too long stays, to be shortened by its writer.
 */
export function CountedField({ label, limit, problem, ...props }: Props) {
  const id = useId();
  const [length, setLength] = useState(() =>
    characters(typeof props.defaultValue === "string" ? props.defaultValue.trim() : ""),
  );
  const wrong = problem != null;
  const near = length > limit * 0.75;
  const common = {
    id,
    "aria-invalid": wrong,
    "aria-describedby": [wrong ? `${id}-problem` : null, near ? `${id}-count` : null].filter(Boolean).join(" ") || undefined,
    onChange: ({ target }: { target: { value: string } }) => {
      setLength(characters(target.value.trim()));
    },
  };
  const { multiline, ...element } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {multiline === true ? (
        <textarea rows={3} {...(element as ComponentPropsWithRef<"textarea">)} {...common} />
      ) : (
        <input {...(element as ComponentPropsWithRef<"input">)} {...common} />
      )}
      {near && (
        <p id={`${id}-count`} className={styles.count} data-over={length > limit}>
          {length} of {limit} characters
        </p>
      )}
      {wrong && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
