import { RequestError } from "./request-error";

/**
 * Where the task API is, as whoever serves the page says in `/config.json`: an origin, or "" for the page's
 * own. It is asked once; after a failure, again.
 */
export class ApiUrl {
  readonly #fetch: (path: string) => Promise<Response>;
  #known: Promise<string> | null = null;

  constructor(fetch: (path: string) => Promise<Response>) {
    this.#fetch = fetch;
  }

  /** @throws {RequestError} when nothing of use was answered */
  get(): Promise<string> {
    if (this.#known !== null) return this.#known;
    const asked = this.#ask();
    asked.catch(() => {
      this.#known = null;
    });
    this.#known = asked;
    return asked;
  }

  async #ask(): Promise<string> {
    const response = await this.#fetch("/config.json").catch(() => {
      throw new RequestError(0);
    });
    if (!response.ok) throw new RequestError(response.status);
    const config: unknown = await response.json().catch(() => null);
    if (typeof config !== "object" || config === null || !("apiUrl" in config)) throw new RequestError(0);
    return typeof config.apiUrl === "string" ? config.apiUrl : "";
  }
}
