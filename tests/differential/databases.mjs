// A fresh database for each server: a SQLite file, or one on a Postgres server of this test's own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const peer = createRequire(new URL("../peers/better-auth/package.json", import.meta.url));

/** One of the npm server's own database drivers. */
function driver(name) {
  try {
    return peer(name);
  } catch (cause) {
    throw new Error("the npm server is not installed: run `npm ci` in tests/peers/better-auth", { cause });
  }
}

/** `sqlite` or `postgres`: what this run is on. */
export const KIND = process.env.DIFFERENTIAL_DATABASE ?? "sqlite";

/**
 * `{ url, pooledUrl, query(sql, ...values), drop() }`; a query's values stand for its `?`, its answer is
 * rows. Only on Postgres is there a `pooledUrl`: through PgBouncer.
 */
export function freshDatabase(kind = KIND) {
  return { sqlite: inFile, postgres: onPostgres }[kind]();
}

async function inFile() {
  const Sqlite = driver("better-sqlite3");
  const folder = await mkdtemp(join(tmpdir(), "tessera-differential-"));
  const file = join(folder, "auth.db");
  return {
    url: `sqlite:${file}`,
    async query(sql, ...values) {
      const database = new Sqlite(file, { timeout: 5000 });
      try {
        const statement = database.prepare(sql);
        return statement.reader ? statement.all(...values) : statement.run(...values) && [];
      } finally {
        database.close();
      }
    },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

let cluster;

/** The URLs of a server that ends with this process: direct, and through PgBouncer. */
async function startPostgres() {
  const cargo = ["run", "--quiet", "--locked", "--package", "tessera-test-postgres"];
  const server = spawn("cargo", cargo, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const failed = once(server, "exit").then(([code]) => {
    throw new Error(`no Postgres: ${cargo.at(-1)} ended with ${code}`);
  });
  const [line] = await Promise.race([once(server.stdout, "data"), failed]);
  failed.catch(() => {});
  for (const handle of [server, server.stdin, server.stdout]) handle.unref();
  return String(line).trim().split(" ");
}

async function onPostgres() {
  const { Client } = driver("pg");
  const name = `differential_${randomBytes(6).toString("hex")}`;
  const [server, pooler] = await (cluster ??= startPostgres());
  const urlAt = (address) => {
    const url = new URL(address);
    url.pathname = `/${name}`;
    return url.href;
  };
  const url = urlAt(server);
  const run = async (connectionString, sql, values) => {
    const client = new Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  await run(server, `CREATE DATABASE ${name}`);
  return {
    url,
    pooledUrl: urlAt(pooler),
    query(sql, ...values) {
      let count = 0;
      return run(
        url,
        sql.replace(/\?/g, () => `$${(count += 1)}`),
        values,
      );
    },
    drop: () => run(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** Makes a session older, as if its owner had not come for so many seconds. */
export async function age(database, token, seconds) {
  const [row] = await database.query(`SELECT * FROM "session" WHERE "token" = ?`, token);
  const earlier = (column) => new Date(new Date(row[column]).getTime() - seconds * 1000).toISOString();
  await database.query(
    `UPDATE "session" SET "createdAt" = ?, "updatedAt" = ?, "expiresAt" = ? WHERE "token" = ?`,
    earlier("createdAt"),
    earlier("updatedAt"),
    earlier("expiresAt"),
    token,
  );
}
