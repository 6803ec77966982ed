"use client";

import { useEffect, useRef } from "react";
import { FormFailure } from "@/components/form-failure";
import { useForm } from "@/components/use-form";
import type { Task } from "@/lib/tasks";
import { DESCRIPTION_LIMIT, TITLE_LIMIT } from "@/lib/validation";
import { CountedField } from "./counted-field";
import { taskFields, taskProblems } from "./task-fields";
import styles from "./tasks.module.css";
import type { TaskFields } from "./use-tasks";

interface Props {
  task: Task;
  onSave: (task: Task, fields: TaskFields) => Promise<void>;
  onClose: () => void;
}

/** Changes a task's title and description in its place in the list. */
export function TaskEditor({ task, onSave, onClose }: Props) {
  const title = useRef<HTMLInputElement>(null);
  const { form, problems, failure, busy } = useForm({
    validate: taskProblems,
    submit: async (values) => {
      await onSave(task, taskFields(values));
      onClose();
    },
  });

  useEffect(() => {
    title.current?.select();
  }, []);

  // Escape is a shortcut; the Cancel button does the same for everyone.
  useEffect(() => {
    const element = title.current?.form;
    const closeOnEscape = ({ key }: KeyboardEvent) => {
      if (key === "Escape") onClose();
    };
    element?.addEventListener("keydown", closeOnEscape);
    return () => element?.removeEventListener("keydown", closeOnEscape);
  }, [onClose]);

  return (
    <form className={styles.editor} {...form} aria-label={`Edit “${task.title}”`}>
      <CountedField
        label="Title"
        name="title"
        lineRef={title}
        limit={TITLE_LIMIT}
        problem={problems.title}
        defaultValue={task.title}
        readOnly={busy}
      />
      <CountedField
        multiline
        label="Description"
        name="description"
        limit={DESCRIPTION_LIMIT}
        problem={problems.description}
        defaultValue={task.description ?? ""}
        readOnly={busy}
      />
      <FormFailure message={failure} />
      <div className="buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? "Saving…" : "Save"}
        </button>
        <button type="button" className="button quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
