// Starts a server as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds that a server may take to answer, and to end. */
const PATIENCE = 30_000;

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
 * A running server. It is there once `isReady(server)` says so; until then, that may fail. `env` is what it
 * starts with, again too; `restart()` keeps the `data`, if it has a folder of its own; what is added to
 * `secrets` must not show in the log.
 */
export async function startServer({ program, args, cwd, env, url, isReady, data }) {
  const server = { url, data, env, log: "", process: undefined, secrets: new Set() };

  server.start = async () => {
    const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const collect = (chunk) => {
      server.log += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    server.process = child;
    await once(child, "spawn");
    await untilReady(server, isReady);
  };
  server.end = async (signal) => {
    const child = server.process;
    if (!isRunning(child)) return;
    const exit = once(child, "exit", { signal: AbortSignal.timeout(PATIENCE) });
    child.kill(signal);
    try {
      await exit;
    } catch (cause) {
      child.kill("SIGKILL");
      throw new Error(`${program} does not end:\n${server.log}`, { cause });
    }
  };
  server.restart = async (signal = "SIGTERM") => {
    await server.end(signal);
    await server.start();
  };
  // Whatever the test used as a password, token or cookie must not be in the log (A3, V6).
  server.stop = async () => {
    await endAndRemove(server, "SIGTERM");
    const leaked = [...server.secrets].filter((secret) => server.log.includes(secret));
    if (leaked.length > 0) throw new Error(`the log holds secrets: ${leaked.join(" ")}`);
  };

  try {
    await server.start();
  } catch (error) {
    await endAndRemove(server, "SIGKILL");
    throw error;
  }
  return server;
}

function isRunning({ pid, exitCode, signalCode }) {
  return pid !== undefined && exitCode === null && signalCode === null;
}

async function endAndRemove(server, signal) {
  try {
    await server.end(signal);
  } finally {
    if (server.data !== undefined) await rm(server.data, { recursive: true, force: true });
  }
}

async function untilReady(server, isReady) {
  const late = sleep(PATIENCE, "late", { ref: false });
  const look = async () => ((await isReady(server)) ? "ready" : "not yet");
  while (isRunning(server.process)) {
    const found = await Promise.race([late, look().catch(() => "not yet")]);
    if (found === "ready") return;
    if (found === "late") break;
    await sleep(20);
  }
  throw new Error(`${server.url} did not start:\n${server.log}`);
}
