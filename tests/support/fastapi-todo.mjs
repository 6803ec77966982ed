// Starts examples/fastapi-todo with data of its own, in the environment that `make wheel` fills.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dataFolder, freePort, startServer } from "./server.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A running server (see server.mjs); `settings` are environment variables. */
export async function startExample({ PORT, ...settings }) {
  const data = await dataFolder();
  const port = PORT ?? (await freePort());
  const url = `http://localhost:${port}`;
  return startServer({
    program: at("target/python/newest/bin/uvicorn"),
    args: ["app:app", "--port", String(port)],
    cwd: at("examples/fastapi-todo"),
    env: { PATH: process.env.PATH, DATABASE_URL: `sqlite:///${join(data, "tasks.db")}`, ...settings },
    url,
    isReady: async () => (await fetch(`${url}/api/openapi.json`)).ok,
    data,
  });
}
