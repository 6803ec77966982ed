// Starts the built binary on a free port with a data directory of its own.
import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { dataFolder, freePort, startServer } from "./server.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = resolve(root, process.env.TESSERA_BIN ?? "target/release/tessera");

/**
 * A running server (see server.mjs) that logs everything it can. `settings` are environment variables;
 * `run("keys", "list")` is a command beside it.
 */
export async function startTessera(settings = {}) {
  const data = await dataFolder();
  const port = settings.PORT ?? (await freePort());
  const url = `http://localhost:${port}`;
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    TESSERA_DATA_DIR: data,
    DATABASE_URL: `sqlite:${join(data, "tessera.db")}`,
    TESSERA_RATE_LIMIT: "off",
    TESSERA_LOG: "trace",
    TESSERA_LOG_FORMAT: "json",
    ...settings,
  };
  const isReady = async () => (await fetch(`${url}/healthz`)).ok;
  const server = await startServer({ program: binary, args: ["serve"], cwd: data, env, url, isReady, data });
  server.run = (...command) => promisify(execFile)(binary, command, { env, cwd: data });
  return server;
}
