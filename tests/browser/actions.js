// What people do, in the words of the page.
import { expect, somebody } from "./fixtures.js";

/** Fills the sign-up form and waits for the task list. */
export async function signUp(page, person = somebody()) {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();
  return person;
}

/** Fills the sign-in form where the page is. */
export async function fillSignIn(page, { email, password }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signIn(page, person) {
  await page.goto("/sign-in");
  await fillSignIn(page, person);
  await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();
}

export async function addTask(page, title) {
  await page.getByLabel("New task").fill(title);
  await page.getByRole("button", { name: "Add task" }).click();
  await expect(task(page, title)).toBeVisible();
}

/** A task's checkbox. */
export function task(page, title) {
  return page.getByRole("checkbox", { name: title, exact: true });
}

/** Titles from top to bottom. */
export async function titles(page) {
  return page.getByRole("main").getByRole("checkbox").evaluateAll((boxes) =>
    boxes.map((box) => box.labels?.[0]?.textContent?.trim()),
  );
}

export function signOutButton(page) {
  return page.getByRole("banner").getByRole("button", { name: "Sign out" });
}

/** The person's id and a JWT, asked for as the page would. */
export async function credentials(page) {
  return page.evaluate(async () => {
    const session = await (await fetch("/api/auth/get-session")).json();
    const { token } = await (await fetch("/api/auth/token")).json();
    return { userId: session.user.id, token };
  });
}
