// Starts a server as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A folder for the data of a server, which `stop()` removes. */
export function dataFolder() {
  return mkdtemp(join(tmpdir(), "tessera-test-"));
}

/**
 * A running server, which answers at `url` + `ready`. `env` is what it starts with, again too; `restart()`
 * keeps the data; what is added to `secrets` must not show in the log.
 */
export async function startServer({ program, args, cwd, env, url, ready, data }) {
  const server = { url, data, env, log: "", process: undefined, secrets: new Set() };

  server.start = async () => {
    const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const collect = (chunk) => {
      server.log += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    server.process = child;
    await untilItAnswers(server, ready);
  };
  server.end = async (signal) => {
    const child = server.process;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
  };
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

async function untilItAnswers(server, ready) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && server.process.exitCode === null) {
    try {
      if ((await fetch(server.url + ready)).ok) return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`${server.url} did not start:\n${server.log}`);
}
