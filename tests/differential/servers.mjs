// The two servers, each on a database of its own: `{ name, port, origin, path, secure, database, mails(), stop() }`.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dataFolder, freePort, startServer } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";

const peer = fileURLToPath(new URL("../peers/better-auth", import.meta.url));

export const SECRET = "a secret of both servers 0123456789abcdef";
export const SHARED_JWT_SECRET = "a secret for tokens, shared with APIs, 0123456789";

/** What a configuration comes to on the npm server, on `database`. */
export async function startNpm({ options, jwt, mails = [], environment = {} }, database) {
  if (!existsSync(join(peer, "node_modules/better-auth"))) {
    throw new Error("the npm server is not installed: run `npm ci` in tests/peers/better-auth");
  }
  const port = Number(environment.PORT ?? (await freePort()));
  const data = await dataFolder();
  const mailbox = join(data, "mails");
  await writeFile(mailbox, "");
  const server = await startServer({
    program: process.execPath,
    args: ["server.mjs"],
    cwd: peer,
    url: `http://localhost:${port}`,
    isReady: async ({ log }) => log.includes("listening"),
    data,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DATABASE_URL: database.url,
      BETTER_AUTH_SECRET: SECRET,
      OPTIONS: JSON.stringify({ rateLimit: { enabled: false }, ...options }),
      JWT_OPTIONS: JSON.stringify(jwt ?? {}),
      MAILBOX: mailbox,
      MAILS: mails.join(","),
      ...environment,
    },
  });
  return {
    ...addresses(port, environment.BETTER_AUTH_URL),
    name: "npm",
    database,
    async mails() {
      const lines = (await readFile(mailbox, "utf8")).split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line)).map(({ to, url }) => ({ to, url }));
    },
    stop: server.stop,
  };
}

/** The same configuration on Tessera, on `database`, through PgBouncer where there is one. */
export async function startOurs({ mails, tessera = {} }, database) {
  const server = await startTessera({
    DATABASE_URL: database.pooledUrl ?? database.url,
    BETTER_AUTH_SECRET: SECRET,
    TESSERA_JWT_ALGORITHM: "EdDSA",
    TESSERA_LOG: "info",
    // Without a sender there, nobody mails here either.
    ...(mails ? {} : { TESSERA_DEV_MAILBOX: "off" }),
    ...tessera,
  });
  return {
    ...addresses(Number(new URL(server.url).port), tessera.BETTER_AUTH_URL),
    name: "tessera",
    database,
    async mails() {
      const answer = await fetch(`${server.url}/dev/mail`, { headers: { accept: "application/json" } });
      const letters = await answer.json();
      return letters.map(({ to, text }) => ({ to, url: text.match(/https?:\/\/\S+/)[0] }));
    },
    stop: server.stop,
  };
}

/** Where it listens, and what it thinks its own address is. */
function addresses(port, publicUrl) {
  const url = new URL(publicUrl ?? `http://localhost:${port}`);
  const path = url.pathname === "/" ? "/api/auth" : url.pathname;
  return { port, origin: url.origin, path, secure: url.protocol === "https:" };
}
