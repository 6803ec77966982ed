import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../lib/plain-words";
import { RequestError, retryAfterOf } from "../lib/request-error";

test("w3_known_refusals_point_at_their_field", () => {
  const codes = {
    USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email",
    INVALID_EMAIL: "email",
    PASSWORD_TOO_COMMON: "password",
    PASSWORD_TOO_SHORT: "password",
    PASSWORD_TOO_LONG: "password",
    INVALID_PASSWORD: "currentPassword",
    INVALID_EMAIL_OR_PASSWORD: undefined,
    EMAIL_NOT_VERIFIED: undefined,
    RESET_PASSWORD_DISABLED: undefined,
  };
  for (const [code, field] of Object.entries(codes))
    assert.equal(explain(new RequestError(400, { code })).field, field);
});

test("w3_a_refused_email_address_points_at_its_field", () => {
  for (const field of ["email", "newEmail"]) {
    const refusal = { code: "VALIDATION_ERROR", message: `[body.${field}] Invalid email address` };
    assert.deepEqual(explain(new RequestError(400, refusal)), {
      field,
      message: "This does not look like an e-mail address.",
    });
  }
});

test("w3_refusals_without_a_code_are_known_by_their_message", () => {
  const explained = (message: string) => explain(new RequestError(400, { message }));
  assert.deepEqual(explained("Email is the same"), {
    field: "newEmail",
    message: "This is your address already.",
  });
  assert.deepEqual(
    explained("Verification email isn't enabled"),
    explain(new RequestError(400, { code: "VERIFICATION_EMAIL_NOT_ENABLED" })),
  );
});

test("w3_waiting_times_are_said", () => {
  const seconds = retryAfterOf(new Headers({ "x-retry-after": "7" }));
  assert.equal(
    explain(new RequestError(429, {}, seconds)).message,
    "Too many tries. Wait 7 seconds and try again.",
  );
  assert.equal(
    explain(new RequestError(503, {}, 1)).message,
    "The server is busy. Wait a second and try again.",
  );
  assert.equal(explain(new RequestError(503)).message, "The server is busy. Wait a moment and try again.");
});

test("waiting_times_that_cannot_be_read_are_none", () => {
  assert.equal(retryAfterOf(new Headers({ "retry-after": "30" })), 30);
  for (const value of ["soon", "0", "-1"])
    assert.equal(retryAfterOf(new Headers({ "retry-after": value })), null);
  assert.equal(retryAfterOf(new Headers()), null);
});

test("k2_what_is_wrong_with_a_field_is_said", () => {
  const refusal = { code: "VALIDATION_ERROR", message: "Invalid", fields: { title: "Too long." } };
  assert.deepEqual(explain(new RequestError(400, refusal)), { field: "title", message: "Too long." });
});

test("w3_no_connection_and_mistakes_are_said_plainly", () => {
  const offline = "The server could not be reached. Check your connection and try again.";
  assert.equal(explain(new RequestError(0)).message, offline);
  assert.equal(explain(new TypeError("x is not a function")).message, "Something went wrong. Try again.");
  assert.equal(explain(new RequestError(500)).message, "Something went wrong. Try again.");
});
