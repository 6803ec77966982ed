import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiUrl } from "../lib/api-url";
import { RequestError } from "../lib/request-error";

/** What is at `/config.json`, one answer after the other, and how often it was asked for. */
function at(...answers: (Response | Error)[]) {
  const asked: string[] = [];
  const url = new ApiUrl((path) => {
    asked.push(path);
    const answer = answers.shift() ?? new Error("asked too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { url, asked };
}

test("the API is at the page's own origin, or where the server says", async () => {
  assert.equal(await at(Response.json({ apiUrl: null })).url.get(), "");
  const elsewhere = "https://api.example.com";
  assert.equal(await at(Response.json({ apiUrl: elsewhere })).url.get(), elsewhere);
});

test("it is asked once for all who wait", async () => {
  const { url, asked } = at(Response.json({ apiUrl: null }));
  assert.deepEqual(await Promise.all([url.get(), url.get()]), ["", ""]);
  assert.equal(await url.get(), "");
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
    const { url } = at(answer, Response.json({ apiUrl: null }));
    await assert.rejects(url.get(), (error) => error instanceof RequestError && error.status === status);
    assert.equal(await url.get(), "");
  }
});
