"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Heading } from "@/components/heading";
import { authClient, failureOf, UNREACHABLE } from "@/lib/auth-client";
import { SignedOut, Tasks, type Task } from "@/lib/tasks";

/** One person's tasks, from the API at `apiUrl`. */
export function TaskList({ apiUrl, userId, name }: { apiUrl: string; userId: string; name: string }) {
  const router = useRouter();
  const [api] = useState(() => new Tasks(apiUrl, userId));
  const [tasks, setTasks] = useState<Task[]>();
  const [failure, setFailure] = useState<string | null>(null);
  const newTask = useRef<HTMLInputElement>(null);

  /** Does it, and says so if it fails; tells whether it was done. */
  async function attempt(action: () => Promise<void>): Promise<boolean> {
    setFailure(null);
    try {
      await action();
      return true;
    } catch (error) {
      if (error instanceof SignedOut) router.refresh();
      // A TypeError is what `fetch` throws without a connection.
      else setFailure(error instanceof Error && !(error instanceof TypeError) ? error.message : UNREACHABLE);
      return false;
    }
  }

  const load = () => attempt(async () => setTasks(await api.list()));
  useEffect(() => {
    void load();
  }, []);

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const title = String(new FormData(form).get("title"));
    form.reset(); // so that a second Enter adds nothing
    const added = await attempt(async () => {
      const task = await api.add(title);
      setTasks((tasks) => tasks && [task, ...tasks]);
    });
    if (!added && newTask.current) newTask.current.value = title;
  }

  async function toggle(task: Task) {
    const show = (completed: boolean) =>
      setTasks((tasks) => tasks?.map((one) => (one.id === task.id ? { ...one, completed } : one)));
    show(!task.completed);
    const changed = await attempt(() => api.setCompleted(task, !task.completed));
    if (!changed) show(task.completed);
  }

  const remove = (task: Task) =>
    attempt(async () => {
      await api.remove(task);
      setTasks((tasks) => tasks?.filter((one) => one.id !== task.id));
      newTask.current?.focus(); // the button that had it is gone
    });

  async function signOut() {
    const failure = await failureOf(authClient.signOut());
    if (failure === null) router.refresh();
    else setFailure(`You are still signed in. ${failure}`);
  }

  return (
    <main>
      <header>
        <p>{name}</p>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </header>
      <Heading>Tasks</Heading>
      <p role="alert">{failure}</p>
      {tasks === undefined ? (
        failure === null ? (
          <p>Loading…</p>
        ) : (
          <button type="button" onClick={() => void load()}>
            Try again
          </button>
        )
      ) : (
        <>
          <form className="row" method="post" onSubmit={add}>
            <label>
              New task
              <input name="title" maxLength={200} autoComplete="off" ref={newTask} required />
            </label>
            <button className="primary">Add</button>
          </form>
          {tasks.length === 0 && <p>Nothing to do.</p>}
          <ul>
            {tasks.map((task) => (
              <li key={task.id}>
                <label>
                  <input type="checkbox" checked={task.completed} onChange={() => void toggle(task)} />
                  <span>{task.title}</span>
                </label>
                <button type="button" aria-label={`Delete “${task.title}”`} onClick={() => void remove(task)}>
                  Delete
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </main>
  );
}
