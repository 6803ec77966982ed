"use client";

import { type Ref, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { FormFailure } from "@/components/form-failure";
import { useForm } from "@/components/use-form";
import { DESCRIPTION_LIMIT, TITLE_LIMIT } from "@/lib/validation";
import { CountedField } from "./counted-field";
import { taskFields, taskProblems } from "./task-fields";
import styles from "./tasks.module.css";
import type { TaskFields } from "./use-tasks";

interface Props {
  titleRef: Ref<HTMLInputElement>;
  onAdd: (fields: TaskFields) => Promise<void>;
}

/** Where a new task is written. */
export function TaskComposer({ titleRef, onAdd }: Props) {
  // A new round gives fresh, empty fields.
  const [round, setRound] = useState(0);
  const [detailed, setDetailed] = useState(false);
  const fields = useRef<HTMLFormElement>(null);
  const { form, problems, failure, busy } = useForm({
    validate: taskProblems,
    submit: async (values) => {
      await onAdd(taskFields(values));
      flushSync(() => {
        setRound((number) => number + 1);
        setDetailed(false);
      });
      fields.current?.querySelector("input")?.focus();
    },
  });

  return (
    <form className={styles.composer} ref={fields} {...form}>
      <div key={round} className={styles.composerFields}>
        <CountedField
          label="New task"
          name="title"
          lineRef={titleRef}
          limit={TITLE_LIMIT}
          problem={problems.title}
          placeholder="What is there to do?"
          readOnly={busy}
        />
        {detailed && (
          <CountedField
            multiline
            label="Description"
            name="description"
            limit={DESCRIPTION_LIMIT}
            problem={problems.description}
            readOnly={busy}
          />
        )}
      </div>
      <FormFailure message={failure} />
      <div className="buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Adding…" : "Add task"}
        </button>
        {!detailed && (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              flushSync(() => {
                setDetailed(true);
              });
              fields.current?.querySelector("textarea")?.focus();
            }}
          >
            Add a description
          </button>
        )}
      </div>
    </form>
  );
}
