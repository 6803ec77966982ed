import { RequestError } from "./request-error";

/** What whoever serves the page says of the site in `/config.json`. */
export interface SiteConfig {
  /** Where the task API is: an origin, or "" for the page's own. */
  apiUrl: string;
  /** Whether the tasks of an account that is deleted are deleted too; elsewhere nobody hears of it. */
  tasksGoWithAccount: boolean;
}

/** The site's configuration, asked for once; after a failure, again. */
export class Site {
  readonly #fetch: (path: string) => Promise<Response>;
  #known: Promise<SiteConfig> | null = null;

  constructor(fetch: (path: string) => Promise<Response>) {
    this.#fetch = fetch;
  }

  /** @throws {RequestError} when nothing of use was answered */
  config(): Promise<SiteConfig> {
    if (this.#known !== null) return this.#known;
    const asked = this.#ask();
    asked.catch(() => {
      this.#known = null;
    });
    this.#known = asked;
    return asked;
  }

  async #ask(): Promise<SiteConfig> {
    const response = await this.#fetch("/config.json").catch(() => {
      throw new RequestError(0);
    });
    if (!response.ok) throw new RequestError(response.status);
    const config: unknown = await response.json().catch(() => null);
    if (typeof config !== "object" || config === null || !("apiUrl" in config)) throw new RequestError(0);
    return {
      apiUrl: typeof config.apiUrl === "string" ? config.apiUrl : "",
      tasksGoWithAccount: "tasksGoWithAccount" in config && config.tasksGoWithAccount === true,
    };
  }
}

export const site = new Site((path) => fetch(path));
