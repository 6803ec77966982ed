// One database, first the npm server's, then Tessera's, then the npm server's again.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { configurations } from "./configurations.mjs";
import { freshDatabase } from "./databases.mjs";
import { Play } from "./run.mjs";
import { SECRET, startNpm, startOurs } from "./servers.mjs";

const PEOPLE = ["ada", "bob", "cleo"];
/** What Tessera adds to a database. */
const ADDED = /^tessera_\w+$/;
const mail = configurations.find(({ name }) => name === "mail");

for (const { name, jwt, secrets } of [
  { name: "encrypted keys" },
  { name: "plain keys", jwt: { jwks: { disablePrivateKeyEncryption: true } } },
  {
    name: "keys encrypted with one of several secrets",
    secrets: { BETTER_AUTH_SECRETS: `2:${SECRET},1:an older secret 0123456789abcdefghijklm` },
  },
]) {
  describe(`a database of the npm server, with ${name}`, () => {
    const configuration = {
      ...mail,
      jwt,
      environment: secrets,
      tessera: { ...mail.tessera, ...secrets },
    };
    let database;
    let server;
    let play;
    let made;

    /** Ends whoever serves the database, and lets the other one take it over. */
    async function handOverTo(start) {
      await server?.stop();
      server = undefined;
      server = await start(configuration, database);
      play = new Play(server, { name: "drop-in" });
      for (const person of PEOPLE) Object.assign(play[person], made?.[person]);
    }
    const ask = async (step) => {
      const answer = await play.send(step);
      assert.equal(answer.status, step.gives ?? 200, answer.text);
      return answer;
    };
    const signUp = (person) =>
      ask({
        as: person,
        post: "/sign-up/email",
        json: ({ [person]: { name, email, password } }) => ({ name, email, password }),
      });
    const signIn = (person, as, gives) =>
      ask({
        as,
        post: "/sign-in/email",
        json: ({ [person]: { email, password } }) => ({ email, password }),
        gives,
      });
    const link = async (person, post, json) => {
      await ask({ as: person, post, json });
      return play.link(play[person].email);
    };
    /** The links that somebody is sent, to be followed later. */
    const linksTo = async (person) => {
      const { email } = play[person];
      return {
        reset: await link(person, "/request-password-reset", { email, redirectTo: "/reset" }),
        verify: await link(person, "/send-verification-email", { email, callbackURL: "/verified" }),
        remove: await link(person, "/delete-user", {}),
      };
    };
    const resetPassword = async (person) => {
      const [, token] = made[person].links.reset.match(/([^/]+)\?/);
      const json = { newPassword: `a new password of ${person}`, token };
      await ask({ post: "/reset-password", json });
      made[person].password = play[person].password = json.newPassword;
    };
    const verifyAddress = async (person) => {
      const { header } = await ask({ get: made[person].links.verify, gives: 302 });
      assert.equal(header("location"), "/verified");
      assert.equal((await sessionOf(person)).user.emailVerified, true);
    };
    const sessionOf = async (person) => (await ask({ as: person, get: "/get-session" })).json;
    const token = async (person) => (await ask({ as: person, get: "/token" })).json.token;

    before(async () => {
      database = await freshDatabase();
      await handOverTo(startNpm);
    });
    after(async () => {
      await server?.stop();
      await database.drop();
    });

    test("people sign up with npm, and take tokens", async () => {
      await signUp("ada");
      await signUp("cleo");
      made = Object.fromEntries(PEOPLE.map((person) => [person, play[person]]));
      made.jwt = await token("ada");
      made.jwks = (await ask({ get: "/jwks" })).text;
      for (const person of ["ada", "cleo"]) made[person].links = await linksTo(person);
      made.user = (await sessionOf("ada")).user;
      made.schema = await schema();
      made.rows = await rows();
    });

    test("her session goes on in Tessera", async () => {
      await handOverTo(startOurs);
      assert.deepEqual((await sessionOf("ada")).user, made.user);
      assert.equal((await ask({ as: "ada", get: "/list-sessions" })).json.length, 1);
    });

    test("its tables are as they were", async () => {
      const after = await schema();
      const added = Object.keys(after).filter((table) => !(table in made.schema));
      assert.deepEqual(
        added.filter((table) => !ADDED.test(table)),
        [],
      );
      for (const table of added) delete after[table];
      assert.deepEqual(after, made.schema);
      assert.deepEqual(await rows(), made.rows);
    });

    test("its key signs, and its tokens verify", async () => {
      const { keys } = JSON.parse((await ask({ get: "/jwks" })).text);
      assert.deepEqual(keys, JSON.parse(made.jwks).keys, "the same keys are published");
      const kid = JSON.parse(Buffer.from((await token("ada")).split(".")[0], "base64url")).kid;
      assert.equal(kid, keys[0].kid, "and the same one signs");
      assert.match(await play.reading.readText(made.jwt), /^<jwt /, "a token of npm verifies");
      assert.match(await play.reading.readText(await token("ada")), /^<jwt /, "a token of Tessera verifies");
    });

    test("her password signs in, and a wrong one does not", async () => {
      assert.equal((await signIn("ada")).json.user.id, made.user.id);
      await ask({
        post: "/sign-in/email",
        json: ({ ada }) => ({ email: ada.email, password: "not hers at all" }),
        gives: 401,
      });
    });

    test("what npm began by mail ends in Tessera", async () => {
      await resetPassword("cleo");
      await signIn("cleo", "cleo");
      await verifyAddress("cleo");
      await ask({ as: "cleo", get: made.cleo.links.remove, gives: 302 });
      assert.equal((await ask({ as: "cleo", get: "/get-session" })).json, null);
      assert.equal((await signIn("cleo", "cleo", 401)).json.code, "INVALID_EMAIL_OR_PASSWORD");
    });

    test("somebody signs up with Tessera, and has two devices", async () => {
      await signUp("bob");
      made.bobsOther = (await signIn("bob")).json.token;
      made.bobsJwt = await token("bob");
      made.bobsUser = (await sessionOf("bob")).user;
      made.bob.links = await linksTo("bob");
    });

    test("both go on with npm", async () => {
      await handOverTo(startNpm);
      assert.deepEqual((await sessionOf("bob")).user, made.bobsUser);
      assert.deepEqual((await sessionOf("ada")).user, made.user);
      assert.equal((await signIn("bob")).json.user.id, made.bobsUser.id, "a password of Tessera signs in");
      assert.match(await play.reading.readText(made.bobsJwt), /^<jwt /, "a token of Tessera verifies");
      assert.deepEqual(JSON.parse((await ask({ get: "/jwks" })).text), JSON.parse(made.jwks));
      const listed = (await ask({ as: "bob", get: "/list-sessions" })).json.map(({ token }) => token);
      assert.ok(listed.includes(made.bobsOther));
    });

    test("what npm began before ends in npm", async () => {
      await resetPassword("ada");
      await signIn("ada", "ada");
      await verifyAddress("ada");
    });

    test("what Tessera began by mail ends in npm", async () => {
      await resetPassword("bob");
      await signIn("bob", "bob");
      await verifyAddress("bob");
      made.bobsUser = (await sessionOf("bob")).user;
    });

    test("what npm ended is over in Tessera", async () => {
      await ask({ as: "bob", post: "/revoke-session", json: () => ({ token: made.bobsOther }) });
      await ask({ as: "ada", post: "/sign-out", json: {} });
      await handOverTo(startOurs);
      assert.equal((await ask({ as: "ada", get: "/get-session" })).json, null);
      const other = encodeURIComponent(play.sign(made.bobsOther));
      const headers = { cookie: `better-auth.session_token=${other}` };
      assert.equal((await ask({ get: "/get-session", headers })).json, null);
      assert.deepEqual((await sessionOf("bob")).user, made.bobsUser);
      assert.equal((await signIn("ada", "ada")).json.user.id, made.user.id, "the password that npm reset");
    });

    test("what Tessera began by mail ends in Tessera too", async () => {
      await ask({ as: "bob", get: made.bob.links.remove, gives: 302 });
      await signIn("bob", "bob", 401);
    });

    /** What the npm server wrote, but for what belongs to sessions and mails. */
    async function rows() {
      const tables = ["user", "account", "jwks"];
      return Promise.all(tables.map((table) => database.query(`SELECT * FROM "${table}" ORDER BY "id"`)));
    }

    /** The definition of each table that the npm server made. */
    async function schema() {
      if (database.url.startsWith("postgres")) {
        const columns = await database.query(
          `SELECT table_name AS name, column_name, data_type, is_nullable, column_default
           FROM information_schema.columns WHERE table_schema = 'public' ORDER BY ordinal_position`,
        );
        const indexes = await database.query(
          `SELECT tablename AS name, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname`,
        );
        return grouped([...columns, ...indexes]);
      }
      return grouped(
        await database.query(`SELECT "tbl_name" AS name, "sql" FROM "sqlite_schema" ORDER BY "name"`),
      );
    }
  });
}

function grouped(rows) {
  const groups = {};
  for (const row of rows) (groups[row.name] ??= []).push(row);
  return groups;
}
