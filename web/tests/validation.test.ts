import assert from "node:assert/strict";
import { test } from "node:test";
import {
  confirmationProblem,
  descriptionProblem,
  emailProblem,
  nameProblem,
  newEmailProblem,
  newPasswordProblem,
  passwordProblem,
  titleProblem,
} from "../lib/validation";

test("w3_names", () => {
  assert.equal(nameProblem("Ada"), null);
  assert.equal(nameProblem("  "), "Enter your name.");
  assert.equal(nameProblem("n".repeat(256)), null);
  assert.equal(nameProblem("n".repeat(257)), "Use at most 256 characters.");
});

test("w3_email_addresses", () => {
  for (const good of ["a@b.co", " ada@example.com ", "a.b+c@mail.example.org"])
    assert.equal(emailProblem(good), null);
  assert.equal(emailProblem(" "), "Enter your e-mail address.");
  for (const bad of ["ada", "ada@", "@b.co", "ada@example", "a b@c.de", "a@b@c.de", "a@.de", "a@b..de"]) {
    assert.equal(emailProblem(bad), "Enter an e-mail address like name@example.com.", bad);
  }
});

test("w3_another_address_is_another_one", () => {
  assert.equal(newEmailProblem("bob@example.com", "ada@example.com"), null);
  assert.equal(newEmailProblem(" Ada@Example.com ", "ada@example.com"), "This is your address already.");
  assert.equal(newEmailProblem("bob", "ada@example.com"), "Enter an e-mail address like name@example.com.");
});

test("w3_a_word_is_typed_before_a_deletion", () => {
  for (const typed of ["delete", " Delete "]) assert.equal(confirmationProblem(typed, "delete"), null);
  for (const typed of ["", "delet", "delete it"])
    assert.equal(confirmationProblem(typed, "delete"), "Type “delete” here.");
});

test("a4_new_passwords_have_8_to_128_utf_16_units", () => {
  assert.equal(newPasswordProblem(""), "Choose a password.");
  assert.equal(newPasswordProblem("1234567"), "Use at least 8 characters.");
  assert.equal(newPasswordProblem("12345678"), null);
  assert.equal(newPasswordProblem("🙂🙂🙂🙂"), null);
  assert.equal(newPasswordProblem("x".repeat(128)), null);
  assert.equal(newPasswordProblem("x".repeat(129)), "Use at most 128 characters.");
});

test("a2_a_password_entered_again_need_only_be_there", () => {
  assert.equal(passwordProblem("x"), null);
  assert.equal(passwordProblem(""), "Enter your password.");
});

test("k1_titles_have_1_to_200_characters", () => {
  assert.equal(titleProblem(" \t"), "Write what there is to do.");
  assert.equal(titleProblem("x"), null);
  assert.equal(titleProblem("🙂".repeat(200)), null);
  assert.equal(titleProblem(` ${"x".repeat(200)} `), null);
  assert.equal(titleProblem("x".repeat(201)), "This is 1 character too long.");
  assert.equal(titleProblem("🙂".repeat(203)), "This is 3 characters too long.");
});

test("k1_descriptions_have_up_to_1000_characters", () => {
  assert.equal(descriptionProblem(""), null);
  assert.equal(descriptionProblem("x".repeat(1000)), null);
  assert.equal(descriptionProblem("x".repeat(1001)), "This is 1 character too long.");
});
