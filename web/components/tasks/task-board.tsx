"use client";

import { useCallback, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { LoadFailure } from "@/components/load-failure";
import { useCurrent } from "@/components/signed-in";
import { Skeleton } from "@/components/skeleton";
import { explain } from "@/lib/plain-words";
import { isSignedOut } from "@/lib/token-keeper";
import type { Task } from "@/lib/tasks";
import { DeleteDialog } from "./delete-dialog";
import { type Filter, FilterBar, filtered } from "./filter";
import { TaskComposer } from "./task-composer";
import { checkboxId, TaskRow } from "./task-row";
import styles from "./tasks.module.css";
import { useTasks } from "./use-tasks";

const EMPTY: Readonly<Record<Filter, string>> = {
  all: "Nothing here yet. Write down the first thing there is to do.",
  open: "Nothing is open. Well done.",
  done: "Nothing is done yet.",
};

/** All of a person's tasks, and where new ones are written. */
export function TaskBoard() {
  const { person } = useCurrent();
  const { query, actions } = useTasks(person.id);
  const [filter, setFilter] = useState<Filter>("all");
  const [deleting, setDeleting] = useState<Task | null>(null);
  const composer = useRef<HTMLInputElement>(null);

  const shown = filtered(query.data ?? [], filter);

  const onComplete = useCallback(
    (task: Task, completed: boolean) => {
      if (filter !== "all") besideOf(task, composer.current)?.focus();
      actions.complete(task, completed);
    },
    [filter, actions],
  );

  async function remove(task: Task) {
    const beside = besideOf(task, composer.current);
    await actions.remove(task);
    flushSync(() => {
      setDeleting(null);
    });
    beside?.focus();
  }

  return (
    <>
      <h1>Tasks</h1>
      <TaskComposer titleRef={composer} onAdd={actions.add} />
      {query.data !== undefined && query.data.length > 0 && (
        <FilterBar tasks={query.data} filter={filter} onChange={setFilter} />
      )}
      {query.isPending && <Skeleton label="Loading your tasks" />}
      {query.error !== null && !isSignedOut(query.error) && (
        <LoadFailure message={explain(query.error).message} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && shown.length === 0 && <p className={styles.empty}>{EMPTY[filter]}</p>}
      {shown.length > 0 && (
        <ul role="list" className={styles.list} aria-label="Tasks">
          {shown.map((task) => (
            <TaskRow
              key={task.id}
              task={task}
              onComplete={onComplete}
              onEdit={actions.edit}
              onDelete={setDeleting}
            />
          ))}
        </ul>
      )}
      {deleting !== null && (
        <DeleteDialog
          task={deleting}
          onDelete={remove}
          onClose={() => {
            setDeleting(null);
          }}
        />
      )}
    </>
  );
}

/** Where the focus goes when a task leaves the list: the next task, else the one before, else the composer. */
function besideOf(task: Task, composer: HTMLInputElement | null): HTMLElement | null {
  const row = document.getElementById(checkboxId(task))?.closest("li");
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  return neighbour?.querySelector("input") ?? composer;
}
