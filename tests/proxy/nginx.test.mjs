// The two halves behind nginx, as examples/nginx has them, by way of one https origin.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askDirectly, HOST, ORIGIN, startExample } from "./proxy.mjs";

const PASSWORD = "analytical engine no 7";
let site;
before(async () => {
  site = await startExample();
});
after(() => site?.stop());

/** Signs up somebody; their cookie, token and id. */
async function signUp(email, { at = site, image } = {}) {
  const headers = { origin: ORIGIN };
  const body = { name: "Ada", email, password: PASSWORD, image };
  const answer = await at.ask("POST", "/api/auth/sign-up/email", { headers, body });
  assert.equal(answer.status, 200, answer.body);
  const [setCookie] = answer.headers["set-cookie"];
  const [cookie] = setCookie.split(";");
  const token = answer.headers["set-auth-jwt"];
  for (const server of [at.auth, at.api]) server.secrets.add(PASSWORD).add(cookie.split("=")[1]).add(token);
  return { cookie, setCookie, token, id: JSON.parse(answer.body).user.id, answer };
}

test("sign up, own your tasks in the other process, sign out", async () => {
  const ada = await signUp("ada@example.com");
  assert.match(ada.setCookie, /^__Secure-better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  assert.equal(ada.answer.headers["strict-transport-security"], "max-age=31536000");

  const authorization = `Bearer ${ada.token}`;
  const tasks = `/api/${ada.id}/tasks`;
  const made = await site.ask("POST", tasks, { headers: { authorization }, body: { title: "through nginx" } });
  assert.equal(made.status, 201, made.body);
  assert.equal(made.headers["strict-transport-security"], "max-age=31536000");
  const list = await site.ask("GET", tasks, { headers: { authorization } });
  assert.deepEqual(JSON.parse(list.body).tasks, [JSON.parse(made.body)]);
  assert.equal((await site.ask("GET", tasks)).status, 401);
  const bob = await signUp("bob@example.com");
  const foreign = await site.ask("GET", tasks, { headers: { authorization: `Bearer ${bob.token}` } });
  assert.deepEqual([foreign.status, JSON.parse(foreign.body).code], [404, "NOT_FOUND"]);

  const headers = { cookie: ada.cookie, origin: ORIGIN };
  const session = await site.ask("GET", "/api/auth/get-session", { headers });
  assert.equal(JSON.parse(session.body).user.email, "ada@example.com");
  const elsewhere = { ...headers, origin: "https://evil.example" };
  assert.equal((await site.ask("POST", "/api/auth/sign-out", { headers: elsewhere, body: {} })).status, 403);
  const out = await site.ask("POST", "/api/auth/sign-out", { headers, body: {} });
  assert.deepEqual([out.status, out.body], [200, '{"success":true}']);
  assert.match(out.headers["set-cookie"][0], /^__Secure-better-auth\.session_token=; Max-Age=0; .*Secure/);
  assert.equal((await site.ask("GET", "/api/auth/get-session", { headers })).body, "null");
});

test("each path leads to the half that has it", async () => {
  // Only the API knows these; only the auth server has the others.
  for (const path of ["/docs", "/api/openapi.json"]) assert.equal((await site.ask("GET", path)).status, 200, path);
  for (const path of ["/api/auth/ok", "/config.json"]) assert.equal((await site.ask("GET", path)).status, 200, path);
  const authors = await site.ask("GET", "/api/authors/tasks");
  assert.deepEqual([authors.status, JSON.parse(authors.body).code], [401, "MISSING_TOKEN"]);
  for (const path of ["/healthz", "/readyz"]) assert.equal((await site.ask("GET", path)).status, 404, path);
});

test("http leads to https, whatever host a client names", async () => {
  for (const host of [HOST, "evil.example"]) {
    const answer = await site.askPlainly("GET", "/tasks?x=1", host);
    assert.deepEqual([answer.status, answer.headers.location], [301, `https://${HOST}/tasks?x=1`]);
  }
});

test("no redirect leads to a host that a client names, and nobody else's name is answered", async () => {
  const none = await site.ask("GET", "/api/auth");
  const direct = await askDirectly(site.auth, "GET", "/api/auth", { from: "127.0.0.1" });
  assert.deepEqual([none.status, none.body], [direct.status, direct.body]);
  assert.equal(none.status, 404);
  for (const path of ["/", "/api", "/api/auth", "/api/auth/ok"]) {
    const asked = site.ask("GET", path, { headers: { host: "evil.example" } });
    await assert.rejects(asked, { code: "ECONNRESET" }, path);
  }
  const handshake = site.ask("GET", "/", { servername: "evil.example" });
  await assert.rejects(handshake, /unrecognized name/);
});

test("v6: the log of nginx holds nothing of a mailed link but its path, without a token", async () => {
  const token = "SecretOfAMailedLink";
  const referer = `${ORIGIN}/reset?token=${token}`;
  const paths = [
    `/api/auth/reset-password/${token}?callbackURL=%2Freset`,
    `/api/auth/reset-password%2F${token}`,
    `/api/auth/verify-email?token=${token}`,
    `/api/auth/delete-user/callback?token=${token}`,
    `/reset?token=${token}`,
  ];
  const before = (await site.accessLog()).length;
  for (const path of paths) await site.ask("GET", path, { headers: { referer } });
  // nginx writes a line when it has answered, and before it reads what comes next.
  await site.ask("GET", "/healthz");
  const lines = (await site.accessLog()).slice(before, before + paths.length);
  assert.deepEqual(
    lines.map((line) => line.split('"')[1]),
    [
      "GET /api/auth/reset-password/- HTTP/1.1",
      "GET /api/auth/reset-password/- HTTP/1.1",
      "GET /api/auth/verify-email HTTP/1.1",
      "GET /api/auth/delete-user/callback HTTP/1.1",
      "GET /reset HTTP/1.1",
    ],
  );
  assert.equal(lines.join("\n").includes(token), false);
});

test("n9: the address of a client is what nginx sees, not what the client writes", async () => {
  const seen = async (person) => {
    const answer = await site.ask("GET", "/api/auth/get-session", { headers: { cookie: person.cookie } });
    return JSON.parse(answer.body).session.ipAddress;
  };
  const spoofed = { "x-forwarded-for": "203.0.113.9, 127.0.0.1", origin: ORIGIN };
  const body = { name: "Eve", email: "eve@example.com", password: PASSWORD };
  const path = "/api/auth/sign-up/email";
  const answer = await site.ask("POST", path, { from: "127.0.0.2", headers: spoofed, body });
  const [cookie] = answer.headers["set-cookie"][0].split(";");
  assert.equal(await seen({ cookie }), "127.0.0.2");

  // Past nginx, too: whoever is not nginx is not believed.
  const past = { ...body, email: "past@example.com" };
  const direct = await askDirectly(site.auth, "POST", path, { from: "127.0.0.3", headers: spoofed, body: past });
  const [its] = direct.headers["set-cookie"][0].split(";");
  assert.equal(await seen({ cookie: its }), "127.0.0.3");
});

test("n9: no header gets a client around the limit, and each has its own", async () => {
  const attempt = async (from, forged) => {
    const headers = { origin: ORIGIN, "x-forwarded-for": forged };
    const body = { email: "nobody@example.com", password: "wrong horse 7" };
    return (await site.ask("POST", "/api/auth/sign-in/email", { from, headers, body })).status;
  };
  const statuses = [];
  for (let i = 1; i <= 4; i += 1) statuses.push(await attempt("127.0.0.4", `198.51.100.${i}`));
  assert.deepEqual(statuses, [401, 401, 401, 429]);
  assert.equal(await attempt("127.0.0.5", "198.51.100.1"), 401);
});

test("the largest answers pass, and an API that holds no secret takes their tokens", async () => {
  const large = await startExample({ algorithm: "RS256", TESSERA_SESSION_COOKIE_CACHE: "jwe" });
  try {
    const image = `https://example.com/${"x".repeat(2000)}`;
    const { answer, token, id } = await signUp("long@example.com", { at: large, image });
    const size = Object.entries(answer.headers).flat(2).join("").length;
    assert.ok(size > 4096, `${size} bytes show nothing: nginx takes 4096 by itself`);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await large.ask("GET", `/api/${id}/tasks`, { headers })).status, 200);
  } finally {
    await large.stop();
  }
});
