import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestError } from "../lib/request-error";
import { Site } from "../lib/site";

/** What is at `/config.json`, one answer after the other, and how often it was asked for. */
function at(...answers: (Response | Error)[]) {
  const asked: string[] = [];
  const site = new Site((path) => {
    asked.push(path);
    const answer = answers.shift() ?? new Error("asked too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { site, asked };
}

const OWN = { apiUrl: "", tasksGoWithAccount: true };
const ownAnswer = () => Response.json({ apiUrl: null, tasksGoWithAccount: true });

test("the API is at the page's own origin, or where the server says", async () => {
  assert.deepEqual(await at(ownAnswer()).site.config(), OWN);
  const elsewhere = { apiUrl: "https://api.example.com", tasksGoWithAccount: false };
  assert.deepEqual(await at(Response.json(elsewhere)).site.config(), elsewhere);
});

test("tasks go with the account only where the server says so", async () => {
  for (const config of [{ apiUrl: null }, { apiUrl: null, tasksGoWithAccount: "yes" }]) {
    const { tasksGoWithAccount } = await at(Response.json(config)).site.config();
    assert.equal(tasksGoWithAccount, false);
  }
});

test("it is asked once for all who wait", async () => {
  const { site, asked } = at(ownAnswer());
  assert.deepEqual(await Promise.all([site.config(), site.config()]), [OWN, OWN]);
  assert.deepEqual(await site.config(), OWN);
  assert.deepEqual(asked, ["/config.json"]);
});

test("what is no answer is a failed request, and is tried again", async () => {
  for (const [answer, status] of [
    [new TypeError("Failed to fetch"), 0],
    [new Response("<!doctype html>"), 0],
    [Response.json("text"), 0],
    [Response.json({}), 0],
    [new Response("Bad Gateway", { status: 502 }), 502],
  ] as const) {
    const { site } = at(answer, ownAnswer());
    await assert.rejects(site.config(), (error) => error instanceof RequestError && error.status === status);
    assert.deepEqual(await site.config(), OWN);
  }
});
