// A fresh database for each server: a SQLite file, or one on the Postgres server that
// DIFFERENTIAL_POSTGRES names (`postgres://user@host/postgres`, somebody who may create databases).
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const postgres = process.env.DIFFERENTIAL_POSTGRES;
const peer = createRequire(new URL("../peers/better-auth/package.json", import.meta.url));

/** One of the npm server's own database drivers. */
function driver(name) {
  try {
    return peer(name);
  } catch (cause) {
    throw new Error("the npm server is not installed: run `npm ci` in tests/peers/better-auth", { cause });
  }
}

/** `{ url, query(sql, ...values), drop() }`; a query's values stand for its `?`, its answer is rows. */
export function freshDatabase() {
  return postgres ? onPostgres() : inFile();
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

async function onPostgres() {
  const { Client } = driver("pg");
  const name = `differential_${randomBytes(6).toString("hex")}`;
  const url = new URL(postgres);
  url.pathname = `/${name}`;
  const once = async (connectionString, sql, values) => {
    const client = new Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  await once(postgres, `CREATE DATABASE ${name}`);
  return {
    url: url.href,
    query(sql, ...values) {
      let count = 0;
      return once(
        url.href,
        sql.replace(/\?/g, () => `$${(count += 1)}`),
        values,
      );
    },
    drop: () => once(postgres, `DROP DATABASE ${name} WITH (FORCE)`),
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
