// Plays a step on a server. What a step may say is in README.md.
import assert from "node:assert/strict";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { exchange } from "./http.mjs";
import { Reading, signed } from "./reading.mjs";
import { age } from "./databases.mjs";

const METHODS = ["get", "post", "put", "head", "options"];

/** One scenario on one server: its people with their cookies, and what its steps keep. */
export class Play {
  #mailsRead = new Map();

  constructor(server, scenario) {
    this.server = server;
    this.host = `${scenario.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")}.example.com`;
    this.origin = server.origin;
    this.reading = new Reading(server);
    for (const name of ["ada", "bob", "cleo"]) {
      const email = this.address(name);
      this[name] = {
        name: name[0].toUpperCase() + name.slice(1),
        email,
        password: `password of ${name}`,
        cookies: new Map(),
      };
    }
  }

  /** An e-mail address of this scenario alone. */
  address(local) {
    return `${local}@${this.host}`;
  }

  /** The Cookie header of somebody's browser. */
  cookies(person) {
    return [...this[person].cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Somebody's session cookie as it was set, still encoded. */
  cookie(person) {
    return this[person].cookies.get(`${this.server.secure ? "__Secure-" : ""}better-auth.session_token`);
  }

  /** Somebody's session token, and its signed form. */
  token(person) {
    return this.cookie(person)?.split(".")[0];
  }

  signed(person) {
    return signed(this.token(person));
  }

  sign = signed;

  query = (sql, ...values) => this.server.database.query(sql, ...values);

  age(person, seconds) {
    return age(this.server.database, this.token(person), seconds);
  }

  /** The path and query of the link in the next mail to somebody that no step has read. */
  async link(address) {
    const seen = (this.#mailsRead.get(address) ?? 0) + 1;
    const mails = await this.#mails(address, seen);
    assert.ok(mails.length >= seen, `no mail to ${address}`);
    this.#mailsRead.set(address, mails.length);
    return mails.at(-1).url.slice(this.origin.length + this.server.path.length);
  }

  /** All mails to an address, once there are `least`: they may be on their way. */
  async #mails(address, least) {
    const patience = Date.now() + 10_000;
    for (;;) {
      const mails = (await this.server.mails()).filter(({ to }) => to === address);
      if (mails.length >= least || Date.now() > patience) return mails;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What was mailed, masked like an answer. */
  async mails({ mails, has }) {
    const found = await this.#mails(this.address(mails), has);
    assert.equal(found.length, has, `mails of ${this.server.name}`);
    return this.reading.readText(JSON.stringify(found, null, 2));
  }

  /** What the database holds, masked like an answer. */
  async rows({ rows, has }) {
    const [sql, ...values] = valueOf(rows, this);
    const found = await this.query(sql, ...values);
    assert.equal(found.length, has, `rows on ${this.server.name}`);
    return this.reading.readText(JSON.stringify(found, null, 2));
  }

  /** Sends what a step says. */
  async ask(step) {
    const answer = step.by
      ? await this.#askClient(step)
      : await exchange(this.server.port, requestOf(step, this));
    answer.json = asJson(answer.text);
    answer.header = (wanted) => answer.headers.find(([name]) => name === wanted)?.[1];
    return answer;
  }

  /** Sends what a step says, and keeps what it wants kept. */
  async send(step) {
    const answer = await this.ask(step);
    if (step.as) this.#storeCookies(step.as, answer);
    for (const [name, choose] of Object.entries(step.keep ?? {})) this[name] = choose(answer, this);
    return answer;
  }

  /** Lets the real client make the request, and checks that it is the one that the step expects. */
  async #askClient(step) {
    const answers = [];
    const customFetchImpl = async (url, init) => {
      const { method, target, headers: own } = requestOf(step, this);
      const path = `${new URL(url).pathname}${new URL(url).search}`;
      assert.equal(`${init.method} ${path}`, `${method} ${target}`, "the client asks for something else");
      const headers = { ...own, ...Object.fromEntries(new Headers(init.headers)) };
      const answer = await exchange(this.server.port, {
        method,
        target,
        headers,
        body: init.body ?? undefined,
      });
      answers.push(answer);
      const empty = [204, 304].includes(answer.status);
      return new Response(empty ? null : answer.text, { status: answer.status, headers: answer.headers });
    };
    const plugins = [jwtClient()];
    const baseURL = `${this.origin}${this.server.path}`;
    const client = createAuthClient({ baseURL, plugins, fetchOptions: { customFetchImpl } });
    const { error } = await step.by(client, this);
    assert.equal(answers.length, 1, "one call, one request");
    assert.equal(
      error?.status,
      answers[0].status < 400 ? undefined : answers[0].status,
      "what the client reports",
    );
    return answers[0];
  }

  #storeCookies(person, { headers }) {
    for (const [name, line] of headers) {
      if (name !== "set-cookie") continue;
      const [, cookie, value] = line.match(/^([^=]*)=([^;]*)/);
      if (line.includes("Max-Age=0;")) this[person].cookies.delete(cookie);
      else this[person].cookies.set(cookie, value);
    }
  }
}

/** The method and path of a step. */
export function routeOf(step, play) {
  const method = METHODS.find((name) => name in step);
  return { method: method.toUpperCase(), path: valueOf(step[method], play) };
}

function requestOf(step, play) {
  const { method, path } = routeOf(step, play);
  const headers = { host: new URL(play.origin).host };
  if (step.as) {
    const cookie = play.cookies(step.as);
    if (cookie) headers.cookie = cookie;
    headers.origin = play.origin;
  }
  let body;
  if ("json" in step) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(valueOf(step.json, play));
  } else if ("text" in step) {
    body = valueOf(step.text, play);
    if (step.type !== undefined) headers["content-type"] = step.type;
  }
  for (const [name, value] of Object.entries(valueOf(step.headers ?? {}, play))) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
  return { method, target: `${play.server.path}${path}`, headers, body };
}

const valueOf = (value, play) => (typeof value === "function" ? value(play) : value);

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** That an answer is what the step says it is about: two equal failures would prove nothing. */
export function assertMeant(answer, step, play) {
  const where = `on ${play.server.name}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.equal(answer.status, step.gives, where);
  if ("code" in step) assert.equal(answer.json?.code, step.code, where);
  if (step.body !== undefined)
    assert.deepEqual(answer.json === undefined ? answer.text : answer.json, valueOf(step.body, play), where);
  if ("location" in step) assert.equal(answer.header("location"), valueOf(step.location, play), where);
  step.check?.(answer, play);
}
