"use client";

import { useRef } from "react";
import { Dialog } from "@/components/dialog";
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
  // Enter, pressed without thinking, must not delete.
  const keep = useRef<HTMLButtonElement>(null);
  const { form, failure, busy } = useForm({
    validate: () => ({}),
    submit: () => onDelete(task),
  });

  return (
    <Dialog title="Delete this task?" first={keep} onClose={onClose}>
      <form {...form}>
        <p className={styles.dialogTask} dir="auto">
          {task.title}
        </p>
        <FormFailure message={failure} />
        <div className="buttons">
          <button type="submit" className="button danger" aria-disabled={busy}>
            {busy ? "Deleting…" : "Delete"}
          </button>
          <button type="button" ref={keep} className="button quiet" onClick={onClose}>
            Keep it
          </button>
        </div>
      </form>
    </Dialog>
  );
}
