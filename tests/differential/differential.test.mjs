// Every scenario on the npm server and on Tessera, answer by answer.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { configurations } from "./configurations.mjs";
import { freshDatabase } from "./databases.mjs";
import { everywhere } from "./differences.mjs";
import { assertMeant, Play, routeOf } from "./run.mjs";
import { scenarios } from "./scenarios/index.mjs";
import { startNpm, startOurs } from "./servers.mjs";

/** The least that this set may shrink to. */
const EXCHANGES = 1100;

const document = await readFile(new URL("../../COMPATIBILITY.md", import.meta.url), "utf8");
const rows = [...document.split("## Deliberate differences")[1].matchAll(/^\d+\. (?:`([a-z0-9-]+)` )?/gm)];
const documented = new Set(rows.map(([, id]) => id));
const shown = new Set();
const asked = new Set();
let exchanges = 0;

for (const configuration of configurations) {
  describe(`with ${configuration.name}`, () => {
    const servers = {};
    before(async () => {
      const [theirs, ours] = await Promise.all([freshDatabase(), freshDatabase()]);
      [servers.npm, servers.tessera] = await Promise.all([
        startNpm(configuration, theirs),
        startOurs(configuration, ours),
      ]);
      servers.databases = [theirs, ours];
    });
    after(async () => {
      await Promise.all([servers.npm?.stop(), servers.tessera?.stop()]);
      await Promise.all((servers.databases ?? []).map((database) => database.drop()));
    });
    for (const scenario of scenarios.filter(({ under }) => under === configuration.name)) {
      test(scenario.name, (t) => playBoth(t, scenario, servers, configuration));
    }
  });
}

test("every scenario has a configuration", () => {
  const names = new Set(configurations.map(({ name }) => name));
  assert.deepEqual(
    scenarios.filter(({ under }) => !names.has(under)).map(({ name }) => name),
    [],
  );
});

test("every row of COMPATIBILITY.md has a name of its own", () => {
  assert.ok(rows.length > 0 && !documented.has(undefined), "a row begins with its name in backticks");
  assert.equal(documented.size, rows.length);
});

test("every deliberate difference shows, and COMPATIBILITY.md has a row for it", () => {
  assert.deepEqual(
    everywhere.map(({ id }) => id).filter((id) => !shown.has(id)),
    [],
    "shows nowhere",
  );
  assert.deepEqual(
    [...shown].filter((id) => !documented.has(id)),
    [],
    "is not in COMPATIBILITY.md",
  );
});

test("every route is asked, and there are enough exchanges", (t) => {
  const listed = [...document.matchAll(/^\| ((?:GET|POST)[^|]*) \| ([^|]*) \|/gm)].flatMap(
    ([, methods, paths]) =>
      methods.split(", ").flatMap((method) =>
        paths
          .trim()
          .split(", ")
          .map((path) => `${method.trim()} ${path}`),
      ),
  );
  assert.ok(listed.length >= 32, "the table of routes in COMPATIBILITY.md");
  assert.deepEqual(
    listed.filter((route) => !asked.has(route)),
    [],
  );
  t.diagnostic(`${exchanges} exchanges`);
  assert.ok(exchanges >= EXCHANGES);
});

async function playBoth(t, scenario, servers, configuration) {
  const npm = new Play(servers.npm, scenario);
  const ours = new Play(servers.tessera, scenario);
  for (const step of scenario.steps) {
    if (step.act) {
      await Promise.all([npm, ours].map((play) => step.act(play)));
      continue;
    }
    await t.test(step.it, async () => {
      const kept = ["rows", "mails"].find((kind) => kind in step);
      if (kept) {
        assert.equal(await ours[kept](step), await npm[kept](step));
        return;
      }
      exchanges += 1;
      const { method, path } = routeOf(step, npm);
      asked.add(routePattern(method, path));
      await compare(step, npm, ours, configuration);
    });
  }
}

async function compare(step, npm, ours, configuration) {
  const [theirs, answer] = await Promise.all([npm.send(step), ours.send(step)]);
  assertMeant(theirs, step, npm);
  const expected = await npm.reading.read(theirs);

  const stated = step.ours ?? {};
  if (step.ours) {
    const before = JSON.stringify(expected);
    stated.change(expected);
    assert.notEqual(JSON.stringify(expected), before, `${stated.differs} changes nothing here`);
    shown.add(stated.differs);
  } else {
    assertMeant(answer, step, ours);
  }
  const context = {
    path: routeOf(step, npm).path.split("?")[0],
    proxied: configuration.proxied,
    secure: npm.server.secure,
    tokenEnds: step.tokenEnds,
    token: (user) => tokenOf(user, configuration),
  };
  for (const { id, change } of everywhere) {
    const before = JSON.stringify(expected);
    change(expected, context);
    if (JSON.stringify(expected) !== before) shown.add(id);
  }
  assert.equal(rendered(await ours.reading.read(answer)), rendered(expected));
}

/** A token of the npm server for somebody, as reading.mjs shows it. */
function tokenOf(user, { algorithm = "EdDSA", issuer = "<origin>", audience = "<origin>" }) {
  const header = algorithm === "HS256" ? { alg: "HS256" } : { alg: algorithm, kid: "<kid>" };
  const claims = { iat: "<now>", ...user, sub: user.id, exp: "<now+15m>", iss: issuer, aud: audience };
  return `<jwt ${JSON.stringify(header)} ${JSON.stringify(claims)}>`;
}

/** One line for each thing that can differ. */
function rendered({ status, headers, cookies, body }) {
  const lines = Object.keys(headers)
    .toSorted()
    .map((name) => `${name}: ${headers[name]}`);
  return [
    status,
    ...lines,
    ...cookies.map((cookie) => `set-cookie: ${cookie}`),
    JSON.stringify(body, null, 2),
  ].join("\n");
}

/** A path as COMPATIBILITY.md lists it. */
function routePattern(method, path) {
  const plain = path
    .split("?")[0]
    .replace(/^\/callback\/.+/, "/callback/:id")
    .replace(/^\/reset-password\/.+/, "/reset-password/:token");
  return `${method} ${plain}`;
}
