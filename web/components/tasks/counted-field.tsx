"use client";

import { type ChangeEvent, type Ref, useId, useState } from "react";
import { FieldFrame } from "@/components/field";
import { characters } from "@/lib/validation";
import styles from "./tasks.module.css";

interface Props {
  label: string;
  name: string;
  /** In characters; see `lib/validation.ts`. */
  limit: number;
  problem: string | null | undefined;
  readOnly: boolean;
  multiline?: boolean;
  defaultValue?: string;
  placeholder?: string;
  /** The element, when it is a single line. */
  lineRef?: Ref<HTMLInputElement>;
}

/**
 * A field that says how much room is left as the limit comes near. It does not
 * cut anything off: text that is too long stays, to be shortened by its writer.
 */
export function CountedField({ label, limit, problem, multiline = false, lineRef, ...rest }: Props) {
  const countId = useId();
  const [length, setLength] = useState(characters(rest.defaultValue?.trim() ?? ""));
  const near = length > limit * 0.75;
  const attributes = {
    ...rest,
    autoComplete: "off",
    onChange: ({ target }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      setLength(characters(target.value.trim()));
    },
  };
  return (
    <FieldFrame label={label} problem={problem} describedBy={near ? countId : undefined}>
      {(ties) => (
        <>
          {multiline ? (
            <textarea rows={3} {...attributes} {...ties} />
          ) : (
            <input ref={lineRef} {...attributes} {...ties} />
          )}
          {near && (
            <p id={countId} className={styles.count} data-over={length > limit}>
              {length} of {limit} characters
            </p>
          )}
        </>
      )}
    </FieldFrame>
  );
}
