// Starts the built binary on a free port with a data directory of its own.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = resolve(root, process.env.TESSERA_BIN ?? "target/release/tessera");

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A running server that logs everything it can. `settings` are environment variables, as is `env`, with
 * which it starts again; `restart()` keeps the data; `run("keys", "list")` is a command beside it; what is
 * added to `secrets` must not show in the log.
 */
export async function startTessera(settings = {}) {
  const data = await mkdtemp(join(tmpdir(), "tessera-test-"));
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
  const server = { url, data, env, log: "", process: undefined, secrets: new Set() };

  server.start = async () => {
    const child = spawn(binary, ["serve"], { env, cwd: data, stdio: ["ignore", "pipe", "pipe"] });
    const collect = (chunk) => {
      server.log += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    server.process = child;
    await untilItAnswers(server, child);
  };
  server.end = async (signal) => {
    const child = server.process;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
  };
  server.run = (...command) => promisify(execFile)(binary, command, { env, cwd: data });
  server.restart = async (signal = "SIGTERM") => {
    await server.end(signal);
    await server.start();
  };
  // Whatever the test used as a password, token or cookie must not be in the log (A3, V6).
  server.stop = async () => {
    await server.end("SIGTERM");
    await rm(data, { recursive: true, force: true });
    const leaked = [...server.secrets].filter((secret) => server.log.includes(secret));
    if (leaked.length > 0) throw new Error(`the log holds secrets: ${leaked.join(" ")}`);
  };

  await server.start();
  return server;
}

async function untilItAnswers(server, child) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    try {
      if ((await fetch(`${server.url}/healthz`)).ok) return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`tessera did not start:\n${server.log}`);
}
