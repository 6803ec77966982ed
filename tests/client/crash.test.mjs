// kill -9 while writes are under way: what was answered is there afterwards (K2, A9).
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTessera } from "../support/tessera.mjs";
import { person, somebody } from "./person.mjs";

const WRITERS = 20;
const ANSWERS_BEFORE_THE_KILL = 300;

test("every answered write survives kill -9, and nothing is half there", async () => {
  const server = await startTessera({ TESSERA_LOG: "warn" });
  try {
    const she = person(server);
    const { data } = await she.auth.signUp.email(somebody());
    const [tasks, token] = [`/api/${data.user.id}/tasks`, she.headersSeen.jwt];

    const answered = [];
    let killed;
    const write = async (writer) => {
      for (let number = 0; !killed; number += 1) {
        const title = `${writer}-${number}`;
        try {
          const { status, body } = await she.api("POST", tasks, { token, body: { title } });
          if (status === 201) answered.push(body);
        } catch (error) {
          assert.ok(killed, `a write failed before the kill: ${error}`);
        }
        if (answered.length >= ANSWERS_BEFORE_THE_KILL) killed ??= server.end("SIGKILL");
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    await killed;

    await server.start();
    const { body } = await she.api("GET", tasks, { token });
    const kept = new Map(body.tasks.map((task) => [task.id, task]));
    for (const task of answered) assert.deepEqual(kept.get(task.id), task);
    const titles = new Set(body.tasks.map((task) => task.title));
    assert.equal(titles.size, body.tasks.length, "no write happened twice");
    // At most one unanswered write of each writer may have made it to the disk.
    assert.ok(body.tasks.length <= answered.length + WRITERS);
  } finally {
    await server.stop();
  }
});
