import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useNotices } from "@/components/notices";
import { explain } from "@/lib/plain-words";
import { createTask, deleteTask, fetchTasks, type Task, updateTask } from "@/lib/tasks";
import { isSignedOut } from "@/lib/token-keeper";

/** What can be done with a person's tasks. The same object for as long as the person stays. */
export interface TaskActions {
  /** Adds a task at the top of the list. */
  add: (fields: TaskFields) => Promise<void>;
  /** Changes a task's title and description. */
  edit: (task: Task, fields: TaskFields) => Promise<void>;
  /** Marks a task done or open at once, and takes it back if the server does not follow. */
  complete: (task: Task, completed: boolean) => void;
  /** Deletes a task. */
  remove: (task: Task) => Promise<void>;
}

/** What a person writes about a task. */
export interface TaskFields {
  title: string;
  /** Null for none. */
  description: string | null;
}

/** A person's tasks, and what can be done with them. */
export function useTasks(userId: string) {
  const queryClient = useQueryClient();
  const { announce, report } = useNotices();
  const query = useQuery({ queryKey: ["tasks", userId], queryFn: () => fetchTasks(userId) });

  const actions = useMemo<TaskActions>(() => {
    const queryKey = ["tasks", userId];
    const completing = new Set<string>();

    // A list that is being fetched would bring back what was before the change.
    function change(update: (tasks: Task[]) => Task[]) {
      const tasks = queryClient.getQueryData<Task[]>(queryKey);
      if (tasks === undefined) {
        void queryClient.resetQueries({ queryKey });
        return;
      }
      void queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData<Task[]>(queryKey, update(tasks));
    }

    function put(changed: Task) {
      change((tasks) => tasks.map((task) => (task.id === changed.id ? changed : task)));
    }

    async function complete(task: Task, completed: boolean) {
      if (completing.has(task.id)) return;
      completing.add(task.id);
      try {
        put({ ...task, completed });
        put(await updateTask(task, { completed }));
        announce(`“${task.title}” is ${completed ? "done" : "open again"}.`);
      } catch (error) {
        put(task);
        if (isSignedOut(error)) return;
        const wanted = completed ? "marked as done" : "opened again";
        report(`“${task.title}” could not be ${wanted}. ${explain(error).message}`, () => {
          void complete(task, completed);
        });
      } finally {
        completing.delete(task.id);
      }
    }

    return {
      add: async (fields) => {
        const added = await createTask(userId, fields);
        change((tasks) => [added, ...tasks]);
        announce(`Added “${added.title}”.`);
      },
      edit: async (task, fields) => {
        const changed = await updateTask(task, fields);
        put(changed);
        announce(`Saved “${changed.title}”.`);
      },
      complete: (task, completed) => void complete(task, completed),
      remove: async (task) => {
        await deleteTask(task);
        change((tasks) => tasks.filter(({ id }) => id !== task.id));
        announce(`Deleted “${task.title}”.`);
      },
    };
  }, [userId, queryClient, announce, report]);

  return { query, actions };
}
