// A person's whole way through the application, and what nobody else gets to see of it.
import { addTask, credentials, signIn, signOutButton, signUp, task, titles } from "./actions.js";
import { expect, somebody, test } from "./fixtures.js";

test("a1 w1: sign up, three tasks, edit, toggle, delete; a reload and a second tab agree", async ({ page, context }) => {
  await signUp(page);
  await expect(page.getByText("Nothing here yet.")).toBeVisible();

  for (const title of ["One", "Two", "Three"]) await addTask(page, title);
  expect(await titles(page)).toEqual(["Three", "Two", "One"]);

  await page.getByRole("button", { name: "Edit “Two”" }).click();
  const editor = page.getByRole("form", { name: "Edit “Two”" });
  await editor.getByLabel("Title").fill("Two and a half");
  await editor.getByLabel("Description").fill("Nearly three.");
  await editor.getByRole("button", { name: "Save" }).click();
  await expect(task(page, "Two and a half")).toBeVisible();

  const saved = page.waitForResponse((response) => response.request().method() === "PUT");
  await task(page, "One").check();
  await saved;
  await expect(page.getByRole("button", { name: "Done 1" })).toBeVisible();

  await page.getByRole("button", { name: "Delete “Three”" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(task(page, "Three")).toHaveCount(0);

  await page.reload();
  const tab = await context.newPage();
  await tab.goto("/tasks");
  for (const window of [page, tab]) {
    await expect(task(window, "One")).toBeChecked();
    await expect(window.getByText("Nearly three.")).toBeVisible();
    expect(await titles(window)).toEqual(["Two and a half", "One"]);
  }
});

test("a6: the session survives a closed browser", async ({ page, context, browser, server, viewport }) => {
  await signUp(page);
  await addTask(page, "Still here");
  const kept = await context.storageState();
  const later = await browser.newContext({ baseURL: server.url, viewport, storageState: kept });
  const reopened = await later.newPage();
  await reopened.goto("/tasks");
  await expect(task(reopened, "Still here")).toBeVisible();
  await later.close();
});

test.describe("signing out", () => {
  test.use({ expectedStatuses: [401] });

  test("a5: every tab leaves, the back button shows nothing private, and the JWT is dead", async ({ page, context, server, request }) => {
    const ada = await signUp(page);
    await addTask(page, "Very private");
    const { userId, token } = await credentials(page);
    const tab = await context.newPage();
    await tab.goto("/tasks");
    for (const window of [page, tab]) {
      await window.getByRole("link", { name: "Account" }).click();
      await expect(window.getByText(ada.email)).toBeVisible();
    }

    await signOutButton(page).click();
    await expect(page).toHaveURL("/sign-in");
    await expect(tab).toHaveURL(/\/sign-in/);

    const answer = await request.get(`${server.url}/api/${userId}/tasks`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status()).toBe(401);
    expect((await answer.json()).code).toBe("TOKEN_REVOKED");

    for (const window of [page, tab]) {
      await window.goBack();
      await expect(window).toHaveURL(/\/sign-in/);
      await expect(window.getByRole("heading", { name: "Sign in" })).toBeVisible();
      await expect(window.getByText("Very private")).toHaveCount(0);
      await expect(window.getByText(ada.email)).toHaveCount(0);
    }
  });

  test("a5: a page that the browser kept whole shows nothing either", async ({ page, context }) => {
    await signUp(page);
    await addTask(page, "Very private");
    await page.goto("/docs");
    const tab = await context.newPage();
    await tab.goto("/tasks");
    await signOutButton(tab).click();
    await expect(tab).toHaveURL("/sign-in");
    await page.goBack();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(page.getByText("Very private")).toHaveCount(0);
  });
});

test.describe("the server cannot be asked", () => {
  test.use({ expectedStatuses: ["aborted"] });

  test("a5: a page that comes back shows nothing private until it can", async ({ page, context }) => {
    await signUp(page);
    await addTask(page, "Very private");
    await page.goto("/docs");
    await context.route("**/api/auth/get-session", (route) => route.abort());
    await page.goBack();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText("Very private")).toHaveCount(0);
    await context.unroute("**/api/auth/get-session");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(task(page, "Very private")).toBeVisible();
  });
});

test.describe("the server is gone after signing up or in", () => {
  test.use({ expectedStatuses: ["aborted"] });

  for (const [path, button] of [["/sign-up", "Create account"], ["/sign-in", "Sign in"]]) {
    test(`w3: ${path} leads on all the same, to where it can be tried again`, async ({ page, stranger }) => {
      const ada = path === "/sign-in" ? await signUp(stranger) : somebody();
      await page.goto(path);
      await expect(page.getByRole("button", { name: button })).toBeVisible();
      await page.waitForLoadState("networkidle");
      await page.route("**/get-session", (route) => route.abort());
      if (path === "/sign-up") await page.getByLabel("Name").fill(ada.name);
      await page.getByLabel("E-mail").fill(ada.email);
      await page.getByLabel("Password", { exact: true }).fill(ada.password);
      await page.getByRole("button", { name: button }).click();
      await expect(page).toHaveURL("/tasks");
      await expect(page.getByText("The server could not be reached.")).toBeVisible();
      await page.unroute("**/get-session");
      await page.getByRole("button", { name: "Try again" }).click();
      await expect(page.getByText("Nothing here yet.")).toBeVisible();
    });
  }
});

test.describe("two people", () => {
  test.use({ expectedStatuses: [404] });

  test("v2: the second sees nothing of the first, and her address gives 404", async ({ page, stranger, server }) => {
    await signUp(page, somebody("Ada"));
    await addTask(page, "Hers alone");
    const hers = await credentials(page);

    await signUp(stranger, somebody("Bob"));
    await expect(stranger.getByText("Nothing here yet.")).toBeVisible();
    const his = await credentials(stranger);
    const answer = await stranger.request.get(`${server.url}/api/${hers.userId}/tasks`, {
      headers: { authorization: `Bearer ${his.token}` },
    });
    expect([answer.status(), await answer.json()]).toEqual([404, { message: "Not found", code: "NOT_FOUND" }]);
  });
});

test("a2 a6: signing in again brings the tasks back", async ({ page }) => {
  const ada = await signUp(page);
  await addTask(page, "Kept");
  await signOutButton(page).click();
  await expect(page).toHaveURL("/sign-in");
  await signIn(page, ada);
  await expect(task(page, "Kept")).toBeVisible();
});
