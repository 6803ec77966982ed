// The issuers: servers that somebody has signed up with, and whose keys can be had and changed.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { symmetricDecrypt } from "better-auth/crypto";
import { importJWK } from "jose";
import { freshDatabase } from "../differential/databases.mjs";
import { exchange } from "../differential/http.mjs";
import { SECRET, startNpm } from "../differential/servers.mjs";
import { startTessera } from "../support/tessera.mjs";

const PERSON = { name: "Ada", email: "ada@example.com", password: "analytical engine no 7" };

/** A line of the matrix each. */
export const ISSUERS = [
  ...["HS256", "EdDSA", "ES256", "RS256"].map((algorithm) => ({ server: "Tessera", algorithm })),
  ...["EdDSA", "ES256", "ES512", "RS256", "PS256", "HS256"].map((algorithm) => ({
    server: "npm",
    algorithm,
  })),
].map((issuer) => ({ ...issuer, name: `${issuer.server} ${issuer.algorithm}` }));

/**
 * Starts one of them:
 *
 * - `origin`, which is `iss` and `aud` of its tokens; `jwksUrl`, or with HS256 `secrets`, the one that
 *   signs and the one that will once it has rotated;
 * - `signUp()` of somebody, whose `userId` is known then, and `token()`, a new token of theirs;
 * - `signingKey(kid)`, what the issuer signs with; `rotate()`, after which it signs with another.
 */
export async function startIssuer(issuer) {
  const database = await freshDatabase("sqlite");
  const isShared = issuer.algorithm === "HS256";
  const secrets = isShared ? [secretText(), secretText()] : undefined;
  const start = { Tessera: startOurs, npm: startTheirs }[issuer.server];
  const { url, rotate, stop } = await start(issuer.algorithm, database, secrets);
  const port = Number(new URL(url).port);
  let cookie;

  return {
    ...issuer,
    origin: url,
    ...(isShared ? { secrets } : { jwksUrl: `${url}/api/auth/jwks` }),
    async signUp() {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify(PERSON);
      const answer = await ask(port, "POST", "/sign-up/email", { headers, body });
      const [, line] = answer.headers.find(([name]) => name === "set-cookie");
      cookie = line.split(";")[0];
      this.userId = answer.json.user.id;
    },
    token: async () => (await ask(port, "GET", "/token", { headers: { cookie } })).json.token,
    async signingKey(kid) {
      if (isShared) return new TextEncoder().encode(secrets[0]);
      const [row] = await database.query(`SELECT "privateKey" FROM "jwks" WHERE "id" = ?`, kid);
      const jwk = await symmetricDecrypt({ key: SECRET, data: JSON.parse(row.privateKey) });
      return importJWK(JSON.parse(jwk), issuer.algorithm);
    },
    rotate,
    async stop() {
      await stop();
      await database.drop();
    },
  };
}

const secretText = () => randomBytes(32).toString("base64");

async function startOurs(algorithm, database, secrets) {
  const server = await startTessera({
    TESSERA_ONLY: "auth",
    DATABASE_URL: database.url,
    BETTER_AUTH_SECRET: SECRET,
    TESSERA_JWT_ALGORITHM: algorithm,
    TESSERA_LOG: "info",
    ...(secrets && { TESSERA_JWT_SECRET: secrets[0] }),
  });
  return {
    url: server.url,
    async rotate() {
      if (secrets) server.env.TESSERA_JWT_SECRET = secrets[1];
      else await server.run("keys", "rotate", "--now");
      // It would see a new key by itself, within half a minute.
      await server.restart();
    },
    stop: server.stop,
  };
}

async function startTheirs(algorithm, database, secrets) {
  // A key that has an end, which `rotate` can bring forward.
  const jwks = { keyPairConfig: { alg: algorithm }, rotationInterval: 24 * 60 * 60 };
  const start = (secret, environment) =>
    secret
      ? startNpm({ environment: { SHARED_JWT_SECRET: secret, ...environment } }, database)
      : startNpm({ jwt: { jwks } }, database);
  let server = await start(secrets?.[0]);
  return {
    url: server.origin,
    async rotate() {
      if (secrets) {
        await server.stop();
        server = await start(secrets[1], { PORT: String(server.port) });
      } else {
        const now = new Date().toISOString();
        await database.query(`UPDATE "jwks" SET "expiresAt" = ?`, now);
      }
    },
    stop: () => server.stop(),
  };
}

async function ask(port, method, path, message) {
  const answer = await exchange(port, { method, target: `/api/auth${path}`, ...message });
  assert.equal(answer.status, 200, answer.text);
  return { ...answer, json: JSON.parse(answer.text) };
}
