import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuthorizedFetch } from "../lib/authorized-fetch";
import { SessionOverError, TokenDroppedError, TokenKeeper } from "../lib/token-keeper";

const MINUTE = 60;

/** An unsigned JWT that lives for so many seconds; the keeper reads only its times. */
function jwt(name: string, lifetime: number): string {
  const claims = { sub: name, iat: 1_800_000_000, exp: 1_800_000_000 + lifetime };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${name}`;
}

/** A server that issues the given tokens in turn, and a clock that is set. */
function setUp(...issued: (string | Error)[]) {
  const clock = { seconds: 0 };
  const server = { calls: 0 };
  const keeper = new TokenKeeper(
    async () => {
      server.calls += 1;
      await Promise.resolve();
      const next = issued.shift();
      if (next === undefined) throw new Error("asked for more tokens than expected");
      if (next instanceof Error) throw next;
      return next;
    },
    () => clock.seconds * 1000,
  );
  return { keeper, clock, server };
}

test("a7_many_requests_at_once_fetch_one_token", async () => {
  const first = jwt("first", 15 * MINUTE);
  const { keeper, server } = setUp(first);
  const got = await Promise.all([keeper.current(), keeper.current(), keeper.current()]);
  assert.deepEqual(got, [first, first, first]);
  assert.equal(server.calls, 1);
});

test("a7_renews_when_five_minutes_are_left_and_not_before", async () => {
  const [first, second] = [jwt("first", 15 * MINUTE), jwt("second", 15 * MINUTE)];
  const { keeper, clock } = setUp(second);
  keeper.put(first);
  clock.seconds = 10 * MINUTE - 1;
  assert.equal(await keeper.current(), first);
  clock.seconds = 10 * MINUTE;
  assert.equal(await keeper.current(), second);
});

test("a7_renews_a_short_token_at_half_its_life", async () => {
  const [first, second] = [jwt("first", 8), jwt("second", 8)];
  const { keeper, clock } = setUp(second);
  keeper.put(first);
  clock.seconds = 3.9;
  assert.equal(await keeper.current(), first);
  clock.seconds = 4;
  assert.equal(await keeper.current(), second);
});

test("a7_a_token_refused_to_many_is_renewed_once", async () => {
  const [first, second] = [jwt("first", 15 * MINUTE), jwt("second", 15 * MINUTE)];
  const { keeper, server } = setUp(second);
  keeper.put(first);
  const early = await Promise.all([keeper.refused(first), keeper.refused(first)]);
  const late = await keeper.refused(first);
  assert.deepEqual([...early, late], [second, second, second]);
  assert.equal(server.calls, 1);
});

test("a_failed_renewal_leaves_a_living_token_in_use", async () => {
  const first = jwt("first", 15 * MINUTE);
  const { keeper, clock } = setUp(new Error("no connection"), new Error("no connection"));
  keeper.put(first);
  clock.seconds = 12 * MINUTE;
  assert.equal(await keeper.current(), first);
  clock.seconds = 15 * MINUTE;
  await assert.rejects(keeper.current(), { message: "no connection" });
});

test("a_failed_renewal_is_tried_again_by_the_next_request", async () => {
  const first = jwt("first", 15 * MINUTE);
  const { keeper } = setUp(new Error("no connection"), first);
  await assert.rejects(keeper.current(), { message: "no connection" });
  assert.equal(await keeper.current(), first);
});

test("the_end_of_the_session_is_told_even_while_the_token_lives", async () => {
  const { keeper, clock } = setUp(new SessionOverError());
  keeper.put(jwt("first", 15 * MINUTE));
  clock.seconds = 12 * MINUTE;
  await assert.rejects(keeper.current(), SessionOverError);
});

test("a5_a_token_that_arrives_after_sign_out_is_thrown_away", async () => {
  const [late, next] = [jwt("late", 15 * MINUTE), jwt("next", 15 * MINUTE)];
  const { keeper, server } = setUp(late, next);
  const waiting = keeper.current();
  keeper.drop();
  await assert.rejects(waiting, TokenDroppedError);
  assert.equal(await keeper.current(), next);
  assert.equal(server.calls, 2);
});

test("a_token_without_times_is_used_until_it_is_refused", async () => {
  const second = jwt("second", 15 * MINUTE);
  const { keeper, clock } = setUp(second);
  keeper.put("not a jwt");
  clock.seconds = 1_000 * MINUTE;
  assert.equal(await keeper.current(), "not a jwt");
  assert.equal(await keeper.refused("not a jwt"), second);
});

/** An API that accepts only the given tokens, and notes what it was sent. */
function api(...accepted: string[]) {
  const sent: string[] = [];
  const bodies: string[] = [];
  return {
    sent,
    bodies,
    fetch: async (request: Request) => {
      const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
      sent.push(token);
      bodies.push(await request.text());
      return new Response(null, { status: accepted.includes(token) ? 204 : 401 });
    },
  };
}

function unexpected(): never {
  assert.fail("the session was said to be over");
}

test("w2_every_request_carries_the_token", async () => {
  const first = jwt("first", 15 * MINUTE);
  const { keeper } = setUp(first);
  const { fetch, sent } = api(first);
  const authorized = createAuthorizedFetch({ keeper, fetch, onSessionOver: unexpected });
  assert.equal((await authorized(new Request("http://localhost/tasks"))).status, 204);
  assert.deepEqual(sent, [first]);
});

test("a7_after_a_401_the_request_is_sent_once_more_with_its_body", async () => {
  const [first, second] = [jwt("first", 15 * MINUTE), jwt("second", 15 * MINUTE)];
  const { keeper } = setUp(second);
  keeper.put(first);
  const { fetch, sent, bodies } = api(second);
  const authorized = createAuthorizedFetch({ keeper, fetch, onSessionOver: unexpected });
  const response = await authorized(new Request("http://localhost/tasks", { method: "POST", body: "{}" }));
  assert.equal(response.status, 204);
  assert.deepEqual(sent, [first, second]);
  assert.deepEqual(bodies, ["{}", "{}"]);
});

test("a_second_401_is_the_answer", async () => {
  const [first, second] = [jwt("first", 15 * MINUTE), jwt("second", 15 * MINUTE)];
  const { keeper } = setUp(second);
  keeper.put(first);
  const { fetch, sent } = api();
  const authorized = createAuthorizedFetch({ keeper, fetch, onSessionOver: unexpected });
  assert.equal((await authorized(new Request("http://localhost/tasks"))).status, 401);
  assert.deepEqual(sent, [first, second]);
});

test("a7_the_end_of_the_session_is_reported", async () => {
  const { keeper } = setUp(new SessionOverError());
  const { fetch, sent } = api();
  let reported = 0;
  const authorized = createAuthorizedFetch({ keeper, fetch, onSessionOver: () => (reported += 1) });
  await assert.rejects(authorized(new Request("http://localhost/tasks")), SessionOverError);
  assert.equal(reported, 1);
  assert.deepEqual(sent, []);
});

test("a5_an_answer_that_arrives_after_sign_out_is_thrown_away", async () => {
  const first = jwt("first", 15 * MINUTE);
  const { keeper } = setUp();
  keeper.put(first);
  const fetch = async () => {
    keeper.drop();
    return Promise.resolve(new Response("private"));
  };
  const authorized = createAuthorizedFetch({ keeper, fetch, onSessionOver: unexpected });
  await assert.rejects(authorized(new Request("http://localhost/tasks")), TokenDroppedError);
});
