import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPath, withNext } from "../lib/next-path";

const ORIGIN = "https://tessera.example";

test("w1_a_path_on_this_origin_is_kept_whole", () => {
  for (const path of ["/account", "/tasks?filter=open", "/account#devices", "/a/b%20c?d=/e"]) {
    assert.equal(nextPath(path, ORIGIN), path);
  }
});

test("w1_whatever_leads_elsewhere_becomes_the_tasks", () => {
  const hostile = [
    null,
    "",
    "account",
    "https://evil.example/",
    "//evil.example",
    "//evil.example/account",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\u0000/evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "javascript:alert(1)",
    " /account",
    "/ok\\..\\..",
    "https:/account",
    `${ORIGIN}/account`,
  ];
  for (const next of hostile) assert.equal(nextPath(next, ORIGIN), "/tasks", JSON.stringify(next));
});

test("w1_guest_pages_are_no_place_to_return_to", () => {
  for (const next of [
    "/",
    "/sign-in",
    "/sign-up",
    "/forgot",
    "/goodbye",
    "/sign-in?next=/sign-in",
    "/x/../sign-in",
  ]) {
    assert.equal(nextPath(next, ORIGIN), "/tasks");
  }
});

test("w1_the_way_back_survives_the_address_bar", () => {
  const path = "/account?a=1&b=2#c";
  const address = new URL(withNext("/sign-in", path), ORIGIN);
  assert.equal(address.pathname, "/sign-in");
  assert.equal(nextPath(address.searchParams.get("next"), ORIGIN), path);
  assert.equal(withNext("/sign-up", "/tasks"), "/sign-up");
});
