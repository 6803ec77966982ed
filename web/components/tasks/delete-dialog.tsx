"use client";

import { useLayoutEffect, useRef } from "react";
import { FormFailure } from "@/components/form-failure";
import { useForm } from "@/components/use-form";
import type { Task } from "@/lib/tasks";
import styles from "./tasks.module.css";

interface Props {
  task: Task;
  onDelete: (task: Task) => Promise<void>;
  /** Called when the person decides against it. */
  onClose: () => void;
}

/** Asks before a task is deleted for good. */
export function DeleteDialog({ task, onDelete, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const { form, failure, busy } = useForm({
    validate: () => ({}),
    submit: () => onDelete(task),
  });

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Enter, pressed without thinking, must not delete.
    keep.current?.focus();
    // Closed before it leaves the page, a dialog gives the focus back to what opened it.
    return () => element?.close();
  }, []);

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="delete-title" onClose={onClose}>
      <form {...form}>
        <h2 id="delete-title">Delete this task?</h2>
        <p className={styles.dialogTask} dir="auto">
          {task.title}
        </p>
        <FormFailure message={failure} />
        <div className={styles.buttons}>
          <button type="submit" className="button danger" aria-disabled={busy}>
            {busy ? "Deleting…" : "Delete"}
          </button>
          <button type="button" ref={keep} className="button quiet" onClick={onClose}>
            Keep it
          </button>
        </div>
      </form>
    </dialog>
  );
}
