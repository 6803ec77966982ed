// Tokens verify with somebody else's library, by secret and by /jwks (T2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startTessera } from "../support/tessera.mjs";
import { person, somebody } from "./person.mjs";

async function tokenFrom(server) {
  const she = person(server);
  const { data } = await she.auth.signUp.email(somebody());
  return { she, user: data.user, token: (await she.auth.token()).data.token };
}

test("t2: HS256 verifies with the shared secret, and /jwks has nothing to say", async () => {
  const secret = "a shared secret of more than 32 bytes";
  const server = await startTessera({ TESSERA_JWT_SECRET: secret });
  try {
    const { user, token } = await tokenFrom(server);
    const key = new TextEncoder().encode(secret);
    const { payload } = await jwtVerify(token, key, { issuer: server.url, audience: server.url, algorithms: ["HS256"] });
    assert.equal(payload.sub, user.id);
    assert.equal((await fetch(`${server.url}/api/auth/jwks`)).status, 404);
  } finally {
    await server.stop();
  }
});

for (const algorithm of ["EdDSA", "ES256", "RS256"]) {
  test(`t2: ${algorithm} verifies by /jwks, also after a restart, and opens the API`, async () => {
    const server = await startTessera({ TESSERA_JWT_ALGORITHM: algorithm });
    try {
      const { she, user, token } = await tokenFrom(server);
      const keys = createRemoteJWKSet(new URL(`${server.url}/api/auth/jwks`));
      const expected = { issuer: server.url, audience: server.url, algorithms: [algorithm] };
      assert.equal((await jwtVerify(token, keys, expected)).payload.sub, user.id);
      await server.restart();
      assert.equal((await she.api("GET", `/api/${user.id}/tasks`, { token })).status, 200);
      const later = (await she.auth.token()).data.token;
      assert.equal((await jwtVerify(later, keys, expected)).payload.sub, user.id, "the key is the same one");
    } finally {
      await server.stop();
    }
  });
}
