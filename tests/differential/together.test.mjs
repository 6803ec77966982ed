// One Postgres database that the npm server and Tessera serve at the same time.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freshDatabase } from "./databases.mjs";
import { Play } from "./run.mjs";
import { startNpm, startOurs } from "./servers.mjs";

describe("one database, two servers", () => {
  const configuration = { options: {} };
  const plays = {};
  let database;

  before(async () => {
    database = await freshDatabase("postgres");
    // One after the other: both make tables that are not there.
    const npm = await startNpm(configuration, database);
    const tessera = await startOurs(configuration, database);
    plays.npm = new Play(npm, { name: "together" });
    plays.tessera = new Play(tessera, { name: "together" });
    // One browser for each person, whichever server it talks to.
    for (const person of ["ada", "bob", "cleo"]) plays.tessera[person] = plays.npm[person];
  });
  after(async () => {
    await Promise.all([plays.npm?.server.stop(), plays.tessera?.server.stop()]);
    await database?.drop();
  });

  const ask = async (server, step) => {
    const answer = await plays[server].send(step);
    assert.equal(answer.status, step.gives ?? 200, `${server}: ${answer.text}`);
    return answer;
  };
  const account = ({ name, email, password }) => ({ name, email, password });
  const signUp = (server, person) =>
    ask(server, { as: person, post: "/sign-up/email", json: (play) => account(play[person]) });
  const session = async (server, person) => (await ask(server, { as: person, get: "/get-session" })).json;

  for (const [here, there, person] of [
    ["npm", "tessera", "ada"],
    ["tessera", "npm", "bob"],
  ]) {
    test(`who signs up with ${here} is signed in with ${there}`, async () => {
      await signUp(here, person);
      const seen = await session(there, person);
      assert.equal(seen.user.email, plays.npm[person].email);
      assert.deepEqual(seen, await session(here, person));
    });

    test(`a password that ${here} changed is the one that ${there} knows`, async () => {
      const newPassword = `a new password of ${person}`;
      await ask(here, {
        as: person,
        post: "/change-password",
        json: (play) => ({ currentPassword: play[person].password, newPassword }),
      });
      const signIn = (password, gives) =>
        ask(there, {
          post: "/sign-in/email",
          json: (play) => ({ email: play[person].email, password }),
          gives,
        });
      await signIn(plays.npm[person].password, 401);
      await signIn(newPassword, 200);
      plays.npm[person].password = newPassword;
    });

    test(`a session that ${here} ended is over with ${there}`, async () => {
      const headers = { cookie: plays[here].cookies(person) };
      await ask(here, { as: person, post: "/sign-out", json: {} });
      assert.equal((await ask(there, { get: "/get-session", headers })).json, null);
      await ask(there, { get: "/token", headers, gives: 401 });
    });
  }

  test("each verifies the other's tokens", async () => {
    await signUp("npm", "cleo");
    const tokens = await Promise.all(
      Object.keys(plays).map(async (server) => (await ask(server, { as: "cleo", get: "/token" })).json.token),
    );
    const published = await Promise.all(
      Object.keys(plays).map(async (server) => (await ask(server, { get: "/jwks" })).json.keys),
    );
    const byKid = (a, b) => (a.kid < b.kid ? -1 : 1);
    assert.deepEqual(published[0].toSorted(byKid), published[1].toSorted(byKid));
    for (const play of Object.values(plays)) {
      for (const token of tokens) assert.match(await play.reading.readText(token), /^<jwt /);
    }
  });

  test("of twenty sign-ups for one address, ten with each, one wins", async () => {
    const step = {
      post: "/sign-up/email",
      json: (play) => ({ name: "Eve", email: play.address("eve"), password: "password of eve" }),
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => plays[turn % 2 ? "npm" : "tessera"].ask(step)),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepEqual(statuses, [200, ...Array(19).fill(422)]);
    const [{ count }] = await database.query(
      `SELECT count(*)::int AS count FROM "account" JOIN "user" ON "user"."id" = "userId" WHERE "email" = ?`,
      plays.npm.address("eve"),
    );
    assert.equal(count, 1);
  });
});
