// What every test gets: a server, a page that tolerates no fault, and somebody to be.
import { test as base, expect } from "@playwright/test";
import { startTessera } from "../support/tessera.mjs";

let people = 0;

/** Data of somebody new. */
export function somebody(name = "Ada Lovelace") {
  people += 1;
  return {
    name,
    email: `person-${process.pid}-${people}@example.com`,
    password: `analytical engine no ${people}`,
  };
}

export const test = base.extend({
  /** Environment variables of a server of the test's own; empty for the shared one. */
  settings: [{}, { option: true }],

  shared: [
    async ({}, use) => {
      const server = await startTessera();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  server: async ({ settings, shared }, use) => {
    if (Object.keys(settings).length === 0) {
      await use(shared);
      return;
    }
    const server = await startTessera(settings);
    await use(server);
    await server.stop();
  },

  baseURL: async ({ server }, use) => use(server.url),

  /** Statuses that a test provokes on purpose; the browser's own line about any other fails it. */
  expectedStatuses: [[], { option: true }],

  context: async ({ context, server, expectedStatuses }, use) => {
    const faults = watch(context, server, expectedStatuses);
    await use(context);
    await rememberCookies(context, server);
    expect(faults, "console errors, policy violations and requests to elsewhere").toEqual([]);
  },

  /** Another person's browser. */
  stranger: async ({ browser, server, viewport }, use) => {
    const context = await browser.newContext({ baseURL: server.url, viewport });
    const faults = watch(context, server, []);
    await use(await context.newPage());
    await rememberCookies(context, server);
    expect(faults).toEqual([]);
    await context.close();
  },
});

function watch(context, server, expectedStatuses) {
  const faults = [];
  const provoked = (text) => {
    const status = /the server responded with a status of (\d+)/.exec(text)?.[1];
    // A form that is refused shows 4xx in the console whatever the page does about it.
    return status !== undefined && expectedStatuses.includes(Number(status));
  };
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" || provoked(text)) return;
    if (text.includes("net::ERR_FAILED") && expectedStatuses.includes("aborted")) return;
    if (text.includes("blocked by CORS policy") && expectedStatuses.includes("cors")) return;
    faults.push(`${text} (${message.location().url})`);
  });
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error()}`));
  context.on("request", (request) => {
    // What is secret in a request must not show in the server's log.
    const { authorization } = request.headers();
    if (authorization !== undefined) server.secrets.add(authorization.replace("Bearer ", ""));
    const secrets = /"(?:password|currentPassword|newPassword|token)":"([^"]+)"/g;
    for (const [, secret] of (request.postData() ?? "").matchAll(secrets)) server.secrets.add(secret);
    const { protocol, origin, searchParams } = new URL(request.url());
    if (searchParams.has("token")) server.secrets.add(searchParams.get("token"));
    const known = [server.url, ...(server.reaches ?? [])];
    if (protocol.startsWith("http") && !known.includes(origin)) faults.push(`request to ${origin}`);
  });
  return faults;
}

async function rememberCookies(context, server) {
  for (const { value } of await context.cookies()) server.secrets.add(value).add(value.split(".")[0]);
}

export { expect };
