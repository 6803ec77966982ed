import createClient from "openapi-fetch";
import type { components, paths } from "./api-types";
import { keeper } from "./auth";
import { createAuthorizedFetch } from "./authorized-fetch";
import { RequestError, retryAfterOf } from "./request-error";
import { sessionIsOver } from "./session";
import { site } from "./site";
import { isSignedOut } from "./token-keeper";

/** A task as the API gives it. */
export type Task = components["schemas"]["Task"];
/** The fields of a task to change. */
export type TaskChanges = components["schemas"]["TaskChange"];

// Asked while the page still learns whose session it is; whoever needs it hears of a failure.
if (typeof window !== "undefined") site.config().catch(() => undefined);

const authorizedFetch = createAuthorizedFetch({
  keeper,
  fetch: (request) => fetch(request),
  onSessionOver: sessionIsOver,
});

async function api() {
  const { apiUrl } = await site.config();
  return createClient<paths>({ baseUrl: apiUrl, fetch: authorizedFetch });
}

/** All of a person's tasks, newest first. */
export async function fetchTasks(userId: string): Promise<Task[]> {
  const client = await api();
  const list = client.GET("/api/{user_id}/tasks", { params: { path: { user_id: userId } } });
  return (await answeredByTheApi(list)).tasks;
}

/** Adds a task. */
export async function createTask(userId: string, body: components["schemas"]["NewTask"]): Promise<Task> {
  const client = await api();
  return answeredByTheApi(
    client.POST("/api/{user_id}/tasks", { params: { path: { user_id: userId } }, body }),
  );
}

/** Changes the given fields of a task. */
export async function updateTask(task: Task, body: TaskChanges): Promise<Task> {
  const client = await api();
  return answered(client.PUT("/api/{user_id}/tasks/{id}", { params: pathOf(task), body }));
}

/** Deletes a task; one that is gone already counts as deleted. */
export async function deleteTask(task: Task): Promise<void> {
  const client = await api();
  try {
    await answered(client.DELETE("/api/{user_id}/tasks/{id}", { params: pathOf(task) }));
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
  }
}

/** As `answered`. A person's list is never missing: where it is not found, no task API answers. */
async function answeredByTheApi<Data>(call: Call<Data>): Promise<Data> {
  return answered(call).catch((error: unknown) => {
    const isMissing = error instanceof RequestError && error.status === 404;
    throw isMissing ? new RequestError(404, { code: "NO_TASK_API" }) : error;
  });
}

function pathOf(task: Task) {
  return { path: { user_id: task.user_id, id: task.id } };
}

type Failure = components["schemas"]["Failure"];
type Call<Data> = Promise<{ data?: Data; error?: Failure; response: Response }>;

/** The data of an answer; a refusal or a failed connection becomes a RequestError. */
async function answered<Data>(call: Call<Data>): Promise<Data> {
  const { data, error, response } = await call.catch((reason: unknown) => {
    throw reason instanceof RequestError || isSignedOut(reason) ? reason : new RequestError(0);
  });
  if (data !== undefined) return data;
  // A proxy in between may answer with something that is not our JSON.
  const problem = typeof error === "object" ? error : {};
  throw new RequestError(response.status, problem, retryAfterOf(response.headers));
}
