"use client";

import { memo, useCallback, useEffect, useRef, useState } from "react";
import type { Task } from "@/lib/tasks";
import { TaskEditor } from "./task-editor";
import styles from "./tasks.module.css";
import type { TaskFields } from "./use-tasks";

interface Props {
  task: Task;
  onComplete: (task: Task, completed: boolean) => void;
  onEdit: (task: Task, fields: TaskFields) => Promise<void>;
  onDelete: (task: Task) => void;
}

/** The checkbox of a task, for putting the focus there. */
export function checkboxId(task: Task): string {
  return `done-${task.id}`;
}

/** One task. Rendered anew only when the task itself changes: lists can be long. */
export const TaskRow = memo(function TaskRow({ task, onComplete, onEdit, onDelete }: Props) {
  const [editing, setEditing] = useState(false);
  const editButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);

  // Leaving the editor leads back to where it was opened.
  useEffect(() => {
    if (wasEditing.current && !editing) editButton.current?.focus();
    wasEditing.current = editing;
  }, [editing]);

  const close = useCallback(() => {
    setEditing(false);
  }, []);

  if (editing) {
    return (
      <li className={styles.row}>
        <TaskEditor task={task} onSave={onEdit} onClose={close} />
      </li>
    );
  }
  return (
    <li className={styles.row} data-done={task.completed}>
      <label className={styles.task}>
        <input
          type="checkbox"
          id={checkboxId(task)}
          checked={task.completed}
          onChange={({ target }) => {
            onComplete(task, target.checked);
          }}
        />
        <span className={styles.title} dir="auto">
          {task.title}
        </span>
      </label>
      <div className={styles.rowButtons}>
        <button
          type="button"
          ref={editButton}
          className="button quiet icon"
          aria-label={`Edit “${task.title}”`}
          onClick={() => {
            setEditing(true);
          }}
        >
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="m4 16 .8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.4 6l2.6 2.6" />
          </svg>
        </button>
        <button
          type="button"
          className="button quiet icon"
          aria-label={`Delete “${task.title}”`}
          onClick={() => {
            onDelete(task);
          }}
        >
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5" />
          </svg>
        </button>
      </div>
      {task.description !== null && (
        <p className={styles.description} dir="auto">
          {task.description}
        </p>
      )}
    </li>
  );
});
