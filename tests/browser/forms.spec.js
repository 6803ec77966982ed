// What the forms say, and what they do when the server or the person makes a mistake (W3).
import { addTask, fillSignIn, signUp, task, titles } from "./actions.js";
import { expect, somebody, test } from "./fixtures.js";

/** Counts the requests that match, from now on. */
function counted(page, method, path) {
  const seen = [];
  page.on("request", (request) => {
    if (request.method() === method && path.test(new URL(request.url()).pathname)) seen.push(request.url());
  });
  return seen;
}

test("w3 a4: mistakes are answered in words before anything is sent", async ({ page }) => {
  const sent = counted(page, "POST", /sign-up/);
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Enter your name.")).toBeVisible();
  await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
  await expect(page.getByText("Choose a password.")).toBeVisible();
  await expect(page.getByLabel("Name")).toBeFocused();
  await expect(page.getByLabel("Name")).toHaveAccessibleDescription("Enter your name.");

  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Enter an e-mail address like name@example.com.")).toBeVisible();
  await expect(page.getByText("Use at least 8 characters.")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  expect(sent).toEqual([]);
});

test("a4: strength shows while one types", async ({ page }) => {
  await page.goto("/sign-up");
  const password = page.getByLabel("Password", { exact: true });
  await password.fill("abc");
  await expect(page.getByText("5 more characters needed")).toBeVisible();
  await password.fill("password");
  await expect(page.getByText("Guessed at once")).toBeVisible();
  await password.fill("several unrelated words in a row");
  await expect(page.getByText("Very good")).toBeVisible();
});

test.describe("refused by the server", () => {
  test.use({ expectedStatuses: [400, 401, 422] });

  test("a4: a common password is refused in words and nothing typed is lost", async ({ page }) => {
    const ada = { ...somebody(), password: "iloveyou1" };
    await page.goto("/sign-up");
    await page.getByLabel("Name").fill(ada.name);
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel("Password", { exact: true }).fill(ada.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText("This password is one of the most used")).toBeVisible();
    await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
    await expect(page.getByLabel("E-mail")).toHaveValue(ada.email);
  });

  test("a1: an address that is taken is said to be taken", async ({ page, stranger }) => {
    const ada = await signUp(stranger);
    await page.goto("/sign-up");
    await page.getByLabel("Name").fill("Another");
    await page.getByLabel("E-mail").fill(ada.email.toUpperCase());
    await page.getByLabel("Password", { exact: true }).fill("another long password");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText("There is already an account with this e-mail address.")).toBeVisible();
  });

  test("a2: a wrong password and an unknown address get the same words", async ({ page, stranger }) => {
    const ada = await signUp(stranger);
    for (const email of [ada.email, "nobody@example.com"]) {
      await page.goto("/sign-in");
      await fillSignIn(page, { email, password: "not her password" });
      await expect(page.getByText("E-mail and password do not match an account.")).toBeVisible();
    }
  });
});

test("w3: a double click adds one task", async ({ page }) => {
  await signUp(page);
  const sent = counted(page, "POST", /tasks$/);
  await page.getByLabel("New task").fill("Just once");
  await page.getByRole("button", { name: "Add task" }).dblclick();
  await expect(task(page, "Just once")).toBeVisible();
  await page.reload();
  await expect(task(page, "Just once")).toHaveCount(1);
  expect(sent).toHaveLength(1);
});

test("w3: a task that is added while the list is on its way is in the list", async ({ page }) => {
  let asked = 0;
  await page.route("**/api/*/tasks", async (route) => {
    asked += route.request().method() === "GET" ? 1 : 0;
    // The first list never comes.
    if (asked > 1 || route.request().method() !== "GET") await route.continue();
  });
  await signUp(page);
  await expect.poll(() => asked).toBe(1);
  await addTask(page, "Early");
});

test("w3: an empty title and one of 201 characters are answered in words", async ({ page }) => {
  await signUp(page);
  const sent = counted(page, "POST", /tasks$/);
  const add = page.getByRole("button", { name: "Add task" });
  await add.click();
  await expect(page.getByText("Write what there is to do.")).toBeVisible();
  await page.getByLabel("New task").fill("x".repeat(201));
  await add.click();
  await expect(page.getByText("This is 1 character too long.")).toBeVisible();
  expect(sent).toEqual([]);
  await page.getByLabel("New task").fill("🦀".repeat(200));
  await add.click();
  await expect(task(page, "🦀".repeat(200))).toBeVisible();
});

test.describe("the server fails", () => {
  test.use({ expectedStatuses: [500, 503, "aborted"] });

  test("w3: the list offers a retry that works", async ({ page }) => {
    await signUp(page);
    await addTask(page, "There");
    await page.route("**/api/*/tasks", (route) => route.fulfill({ status: 500, json: { message: "Oh", code: "X" } }));
    await page.reload();
    const retry = page.getByRole("button", { name: "Try again" });
    await expect(retry).toBeVisible({ timeout: 30_000 });
    await page.unroute("**/api/*/tasks");
    await retry.click();
    await expect(task(page, "There")).toBeVisible();
  });

  test("w3: what was typed is not lost", async ({ page }) => {
    await signUp(page);
    await expect(page.getByText("Nothing here yet.")).toBeVisible();
    await page.route("**/api/*/tasks", (route) => route.abort());
    await page.getByLabel("New task").fill("Typed with care");
    await page.getByRole("button", { name: "Add task" }).click();
    await expect(page.getByText("The server could not be reached.")).toBeVisible();
    await expect(page.getByLabel("New task")).toHaveValue("Typed with care");
    await page.unroute("**/api/*/tasks");
    await page.getByRole("button", { name: "Add task" }).click();
    await expect(task(page, "Typed with care")).toBeVisible();
  });

  test("w3: a toggle shows at once, is taken back when it fails, and can be tried again", async ({ page }) => {
    await signUp(page);
    await addTask(page, "Flip me");
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    await page.route("**/tasks/*", async (route) => {
      await held;
      await route.fulfill({ status: 503, json: { message: "Busy", code: "UNAVAILABLE" } });
    });
    await task(page, "Flip me").click();
    await expect(task(page, "Flip me")).toBeChecked();
    release();
    await expect(page.getByText("could not be marked as done")).toBeVisible();
    await expect(task(page, "Flip me")).not.toBeChecked();
    await page.unroute("**/tasks/*");
    const saved = page.waitForResponse((response) => response.request().method() === "PUT");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(task(page, "Flip me")).toBeChecked();
    expect((await saved).status()).toBe(200);
    await page.reload();
    await expect(task(page, "Flip me")).toBeChecked();
    expect(await titles(page)).toEqual(["Flip me"]);
  });
});
