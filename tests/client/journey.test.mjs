// The whole journey with the unmodified npm client (W2, A1 to A6, T1, K1, V1, V2).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeJwt } from "jose";
import { startTessera } from "../support/tessera.mjs";
import { person, somebody } from "./person.mjs";

let server;
before(async () => {
  server = await startTessera();
});
after(() => server.stop());

async function signedUp(name) {
  const she = person(server);
  const account = somebody(name);
  const { data, error } = await she.auth.signUp.email(account);
  assert.equal(error, null);
  return Object.assign(she, { account, user: data.user, jwt: she.headersSeen.jwt });
}

test("a1 a2 a5: sign up, own your tasks, sign out, and every token is dead", async () => {
  const ada = await signedUp("Ada Lovelace");
  assert.equal(ada.user.name, "Ada Lovelace");
  assert.ok(ada.user.createdAt instanceof Date, "the client turns our dates into Dates");
  assert.ok(ada.jwt, "the JWT is there after sign-up, with no second step");

  const session = await ada.auth.getSession();
  assert.equal(session.data.user.id, ada.user.id);
  assert.ok(session.data.session.expiresAt instanceof Date);

  const token = (await ada.auth.token()).data.token;
  const claims = decodeJwt(token);
  assert.equal(claims.sub, ada.user.id);
  assert.equal(claims.user_id, ada.user.id);
  assert.equal(claims.email, ada.account.email);
  assert.equal(claims.iss, server.url);
  assert.equal(claims.aud, server.url);
  assert.equal(claims.sid, session.data.session.id);
  assert.equal(claims.exp - claims.iat, 900);

  const tasks = `/api/${ada.user.id}/tasks`;
  const made = await ada.api("POST", tasks, { token, body: { title: "Write note G" } });
  assert.equal(made.status, 201);
  const list = await ada.api("GET", tasks, { token });
  assert.deepEqual(list.body, { tasks: [made.body], next_cursor: null });
  const toggled = await ada.api("PATCH", `${tasks}/${made.body.id}/complete`, { token });
  assert.equal(toggled.body.completed, true);
  const removed = await ada.api("DELETE", `${tasks}/${made.body.id}`, { token });
  assert.deepEqual([removed.status, removed.body], [200, { message: "Task deleted" }]);

  assert.equal((await ada.auth.signOut()).data.success, true);
  for (const dead of [token, ada.jwt]) {
    const refused = await ada.api("GET", tasks, { token: dead });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate"), /^Bearer .*error="invalid_token"/);
  }
  assert.equal((await ada.auth.getSession()).data, null);

  await server.restart();
  assert.equal((await ada.api("GET", tasks, { token })).status, 401, "still refused after a restart");

  const again = await ada.auth.signIn.email({ email: ada.account.email, password: ada.account.password });
  assert.equal(again.error, null);
  assert.equal((await ada.api("GET", tasks, { token: ada.headersSeen.jwt })).status, 200);
});

test("v2: somebody else's task and no task are the same bytes", async () => {
  const [ada, bob] = [await signedUp("Ada"), await signedUp("Bob")];
  const hers = await ada.api("POST", `/api/${ada.user.id}/tasks`, { token: ada.jwt, body: { title: "Private" } });
  const missing = await bob.api("GET", `/api/${bob.user.id}/tasks/${crypto.randomUUID()}`, { token: bob.jwt });
  assert.equal(missing.status, 404);
  for (const path of [
    `/api/${bob.user.id}/tasks/${hers.body.id}`,
    `/api/${ada.user.id}/tasks/${hers.body.id}`,
    `/api/${ada.user.id}/tasks`,
  ]) {
    const seen = await bob.api("GET", path, { token: bob.jwt });
    assert.deepEqual([seen.status, seen.body], [404, missing.body], path);
  }
});

test("v1: without a token, or with nonsense, the API says 401 and how to do better", async () => {
  const ada = await signedUp("Ada");
  const path = `/api/${ada.user.id}/tasks`;
  const bare = await ada.api("GET", path);
  assert.equal(bare.status, 401);
  assert.match(bare.headers.get("www-authenticate"), /^Bearer/);
  assert.doesNotMatch(bare.headers.get("www-authenticate"), /error=/);
  for (const token of ["nonsense", `${ada.jwt}x`, `${ada.jwt.slice(0, -2)}AA`]) {
    assert.equal((await ada.api("GET", path, { token })).status, 401);
  }
});

test("a2: unknown e-mail and wrong password get one answer", async () => {
  const ada = await signedUp("Ada");
  const stranger = person(server);
  const wrong = await stranger.auth.signIn.email({ email: ada.account.email, password: "not her password" });
  const unknown = await stranger.auth.signIn.email({ email: "nobody@example.com", password: "not her password" });
  assert.deepEqual(wrong.error, unknown.error);
  assert.equal(wrong.error.status, 401);
  assert.equal(wrong.error.code, "INVALID_EMAIL_OR_PASSWORD");
});

test("a1: a second account for one address is refused in words", async () => {
  const ada = await signedUp("Ada");
  const { error } = await person(server).auth.signUp.email({ ...ada.account, email: ada.account.email.toUpperCase() });
  assert.equal(error.status, 422);
  assert.equal(error.message, "User already exists. Use another email.");
});

test("a5 a6: two devices; one ends the other, whose token is then refused", async () => {
  const phone = await signedUp("Ada");
  const laptop = person(server);
  await laptop.auth.signIn.email({ email: phone.account.email, password: phone.account.password });
  const path = `/api/${phone.user.id}/tasks`;
  assert.equal((await laptop.api("GET", path, { token: laptop.headersSeen.jwt })).status, 200);

  const sessions = (await phone.auth.listSessions()).data;
  assert.equal(sessions.length, 2);
  assert.equal((await phone.auth.revokeOtherSessions()).data.status, true);

  assert.equal((await laptop.api("GET", path, { token: laptop.headersSeen.jwt })).status, 401);
  assert.equal((await laptop.auth.getSession()).data, null);
  assert.equal((await phone.api("GET", path, { token: phone.jwt })).status, 200);
});

test("bearer: set-auth-token opens the session without a cookie", async () => {
  const ada = await signedUp("Ada");
  const response = await fetch(`${server.url}/api/auth/get-session`, {
    headers: { authorization: `Bearer ${ada.headersSeen.authToken}` },
  });
  assert.equal((await response.json()).user.id, ada.user.id);
});
