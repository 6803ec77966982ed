import assert from "node:assert/strict";
import { test } from "node:test";
import { endsWithBrowser } from "../lib/session-life";

const HOUR = 60 * 60 * 1000;
const begun = new Date("2026-05-03T10:00:00.000Z");

/** A session that ends so long after it began, in milliseconds. */
function lasting(life: number) {
  return { createdAt: begun, expiresAt: new Date(begun.getTime() + life) };
}

test("a6_a_session_that_lives_for_one_day_ends_with_the_browser", () => {
  assert.equal(endsWithBrowser(lasting(24 * HOUR)), true);
  // Two readings of the clock made it.
  assert.equal(endsWithBrowser(lasting(24 * HOUR - 3)), true);
});

test("a6_any_other_outlives_it_fresh_or_prolonged", () => {
  for (const life of [HOUR, 23 * HOUR, 25 * HOUR, 7 * 24 * HOUR, 9.5 * 24 * HOUR]) {
    assert.equal(endsWithBrowser(lasting(life)), false, `${life / HOUR} hours`);
  }
});
