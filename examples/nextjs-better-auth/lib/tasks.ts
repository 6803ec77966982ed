import { authClient, UNREACHABLE } from "./auth-client";

/** A task, as the API gives it; it has more members than these. */
export interface Task {
  id: string;
  title: string;
  completed: boolean;
}

/** There is no session any more: only signing in helps. */
export class SignedOut extends Error {}

/** The tasks of one person, at the API whose origin is `apiUrl`. */
export class Tasks {
  readonly #url: string;
  // In memory and nowhere else: the cookie of the session is what stays.
  #token: Promise<string> | undefined;

  constructor(apiUrl: string, userId: string) {
    this.#url = `${apiUrl}/api/${encodeURIComponent(userId)}/tasks`;
  }

  /** All of them, newest first. */
  async list(): Promise<Task[]> {
    const { tasks } = await this.#ask<{ tasks: Task[] }>("GET", "");
    return tasks;
  }

  add(title: string): Promise<Task> {
    return this.#ask("POST", "", { title });
  }

  async setCompleted(task: Task, completed: boolean): Promise<void> {
    await this.#ask("PUT", `/${task.id}`, { completed });
  }

  async remove(task: Task): Promise<void> {
    await this.#ask("DELETE", `/${task.id}`);
  }

  async #ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const send = async (token: Promise<string>) => {
      const headers = { authorization: `Bearer ${await token}`, "content-type": "application/json" };
      return fetch(this.#url + path, { method, headers, body: JSON.stringify(body) }).catch(() => {
        throw unreachable(this.#url);
      });
    };
    const token = this.#currentToken();
    let response = await send(token);
    // It has expired: they live for 15 minutes.
    if (response.status === 401) response = await send(this.#currentToken(token));
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Error(reasonIn(answer) ?? `The task API answers ${response.status}.`);
    return answer;
  }

  /** The token in hand, or another if that one was refused. All who wait for one wait for the same. */
  #currentToken(refused?: Promise<string>): Promise<string> {
    if (this.#token === undefined || this.#token === refused) {
      const asked = askForToken();
      asked.catch(() => {
        if (this.#token === asked) this.#token = undefined;
      });
      this.#token = asked;
    }
    return this.#token;
  }
}

/** `fetch` says the same where nobody answers and where CORS forbids to read the answer. */
function unreachable(url: string): Error {
  const { origin } = new URL(url, location.href);
  const hint = `Is the task API at ${origin}, and do its CORS origins name ${location.origin}?`;
  return new Error(process.env.NODE_ENV === "development" ? `${UNREACHABLE} ${hint}` : UNREACHABLE);
}

/** What the API says of a request that it refuses: of each field, or else of the whole. */
function reasonIn(answer: { message?: string; fields?: Record<string, string> } | null): string | undefined {
  const faults = Object.entries(answer?.fields ?? {}).map(([field, fault]) => `The ${field} ${fault}.`);
  return faults.length > 0 ? faults.join(" ") : answer?.message;
}

async function askForToken(): Promise<string> {
  const { data, error } = await authClient.token();
  if (data !== null) return data.token;
  throw error.status === 401 ? new SignedOut() : new Error(error.message ?? error.statusText);
}
