import assert from "node:assert/strict";
import { test } from "node:test";
import { ago } from "../lib/dates";

const NOW = new Date("2026-05-20T12:00:00.000Z");

test("w1_times_are_said_in_words", () => {
  const cases = {
    "2026-05-20T12:00:05.000Z": "just now",
    "2026-05-20T11:59:01.000Z": "just now",
    "2026-05-20T11:59:00.000Z": "1 minute ago",
    "2026-05-20T09:00:00.000Z": "3 hours ago",
    "2026-05-19T12:00:00.000Z": "yesterday",
    "2026-05-14T11:00:00.000Z": "6 days ago",
    "2026-05-13T12:00:00.000Z": "13 May 2026",
  };
  for (const [time, words] of Object.entries(cases)) assert.equal(ago(new Date(time), NOW), words);
});
