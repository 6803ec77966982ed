// Who I am, my password, where I am signed in, and how to end it (W1, A6, A8).
import { fillSignIn, signIn, signUp } from "./actions.js";
import { expect, somebody, test } from "./fixtures.js";
import { mailedLink } from "./mailbox.js";

test.use({ expectedStatuses: [401] });

test("w1 a6: the account page lists devices, ends one, and ends all others", async ({ page, stranger, browser, server, viewport }) => {
  const ada = await signUp(page);
  await signIn(stranger, ada);

  await page.goto("/account");
  await expect(page.getByLabel("Name")).toHaveValue(ada.name);
  await expect(page.getByText(ada.email)).toBeVisible();
  const devices = page.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
  await expect(devices).toHaveCount(2);
  await expect(devices.first()).toContainText("This device");
  await expect(devices.first()).toContainText("Chromium on Linux");

  await devices.nth(1).getByRole("button", { name: /^End the session/ }).click();
  await expect(devices).toHaveCount(1);
  await stranger.reload();
  await expect(stranger).toHaveURL(/\/sign-in/);

  await signIn(stranger, ada);
  const third = await browser.newContext({ baseURL: server.url, viewport });
  await signIn(await third.newPage(), ada);
  await page.reload();
  await expect(devices).toHaveCount(3);
  await page.getByRole("button", { name: "End all other sessions" }).click();
  await expect(devices).toHaveCount(1);
  await expect(page.getByRole("button", { name: "End all other sessions" })).toHaveCount(0);
  await third.close();
});

test("a5: signing out from the account page", async ({ page }) => {
  await signUp(page);
  await page.goto("/account");
  await page.getByRole("button", { name: "Sign out on this device" }).click();
  await expect(page).toHaveURL("/sign-in");
});

test("w1: a name is changed, said aloud, and still there after a reload", async ({ page }) => {
  await signUp(page);
  await page.goto("/account");
  const name = page.getByLabel("Name");
  await name.fill("  ");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(name).toHaveAccessibleDescription("Enter your name.");
  await name.fill("Augusta Ada King");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("region", { name: "You" }).getByRole("status")).toHaveText("Your name is saved.");
  await page.reload();
  await expect(name).toHaveValue("Augusta Ada King");
});

test.describe("changing the password", () => {
  test.use({ expectedStatuses: [400, 401] });

  /** Fills the form on the account page and sends it. */
  async function changePassword(page, { from, to }) {
    await page.getByLabel("Current password").fill(from);
    await page.getByLabel("New password").fill(to);
    await page.getByLabel("New password").press("Enter");
  }

  test("a8: ends the other sessions, and only the new one opens", async ({ page, stranger }) => {
    const ada = await signUp(page);
    await signIn(stranger, ada);
    const renewed = { ...ada, password: `${ada.password}, renewed` };

    await page.goto("/account");
    await expect(page.getByRole("checkbox", { name: "Sign out on all other devices" })).toBeChecked();
    await changePassword(page, { from: ada.password, to: renewed.password });
    const section = page.getByRole("region", { name: "Password" });
    await expect(section.getByRole("status").last()).toHaveText(
      "Your password is changed. You are signed out on all other devices.",
    );
    // The fields are new ones.
    await expect(page.getByRole("button", { name: "Change password" })).toBeFocused();
    await expect(page.getByLabel("Current password")).toHaveValue("");
    await expect(page.getByLabel("New password")).toHaveValue("");
    await expect(page.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem")).toHaveCount(1);

    await stranger.reload();
    await expect(stranger).toHaveURL("/sign-in");
    await page.getByRole("link", { name: "Tasks" }).click();
    await expect(page.getByText("Nothing here yet.")).toBeVisible();

    const entrance = await page.context().newPage();
    await page.getByRole("button", { name: "Sign out" }).click();
    await entrance.goto("/sign-in");
    await fillSignIn(entrance, ada);
    await expect(entrance.getByText("E-mail and password do not match an account.")).toBeVisible();
    await fillSignIn(entrance, renewed);
    await expect(entrance.getByRole("heading", { name: "Tasks" })).toBeVisible();
  });

  test("a8: leaves the other sessions when that is wanted", async ({ page, stranger }) => {
    const ada = await signUp(page);
    await signIn(stranger, ada);
    await page.goto("/account");
    await page.getByRole("checkbox", { name: "Sign out on all other devices" }).uncheck();
    await changePassword(page, { from: ada.password, to: `${ada.password}, renewed` });
    await expect(page.getByText("Your password is changed.", { exact: true })).toBeVisible();
    await stranger.reload();
    await expect(stranger.getByRole("heading", { name: "Tasks" })).toBeVisible();
  });

  test("w3: a wrong password is said at its field, and nothing typed is lost", async ({ page }) => {
    await signUp(page);
    await page.goto("/account");
    await changePassword(page, { from: "not her password", to: "some new words" });
    const current = page.getByLabel("Current password");
    await expect(current).toHaveAccessibleDescription("This is not your password.");
    await expect(current).toBeFocused();
    await expect(current).toHaveValue("not her password");
    await expect(page.getByLabel("New password")).toHaveValue("some new words");
  });
});

test.describe("the server is gone after the change", () => {
  test.use({
    settings: { TESSERA_CHANGE_EMAIL: "on", TESSERA_UPDATE_EMAIL_WITHOUT_VERIFICATION: "on" },
    expectedStatuses: ["aborted"],
  });

  test("w3: what was changed is not called a failure", async ({ page, stranger }) => {
    const ada = await signUp(page);
    await signIn(stranger, ada);
    const moved = somebody("Augusta Ada King");
    await page.goto("/account");
    await expect(page.getByText("This device")).toBeVisible();
    await page.route("**/get-session", (route) => route.abort());

    await page.getByLabel("Name").fill(moved.name);
    await page.getByRole("button", { name: "Save name" }).click();
    await expect(page.getByText("Your name is saved.")).toBeVisible();

    await page.getByLabel("Current password").fill(ada.password);
    await page.getByLabel("New password").fill(moved.password);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByText("You are signed out on all other devices.")).toBeVisible();

    await page.getByLabel("New address").fill(moved.email);
    await page.getByRole("button", { name: "Change address" }).click();
    await expect(page.getByText("The change is accepted.")).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);

    await page.unroute("**/get-session");
    await page.reload();
    await expect(page.getByLabel("Name")).toHaveValue(moved.name);
    await expect(page.getByText(moved.email)).toBeVisible();
    await signIn(stranger, moved);
  });
});

test.describe("signing in again, where the server wants a fresh session", () => {
  test.use({ expectedStatuses: [401, 403] });

  const refusal = { message: "Session is not fresh", code: "SESSION_NOT_FRESH" };

  for (const [kept, stays] of [["goes with the browser", false], ["is kept", true]]) {
    test(`a6: a session that ${kept} is followed by one that does too`, async ({ page, context, stranger }) => {
      const ada = await signUp(stranger);
      await page.goto("/sign-in");
      await page.getByRole("checkbox", { name: "Stay signed in on this device" }).setChecked(stays);
      await fillSignIn(page, ada);
      await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();
      const token = async () =>
        (await context.cookies()).find(({ name }) => name === "better-auth.session_token");
      const first = await token();

      await page.route("**/list-sessions", (route) => route.fulfill({ status: 403, json: refusal }));
      await page.goto("/account");
      const section = page.getByRole("region", { name: "Where you are signed in" });
      await section.getByLabel("Password", { exact: true }).fill("not her password");
      await section.getByRole("button", { name: "Sign in again" }).click();
      await expect(section.getByLabel("Password", { exact: true })).toHaveAccessibleDescription("This is not your password.");
      await page.unroute("**/list-sessions");
      await section.getByLabel("Password", { exact: true }).fill(ada.password);
      await section.getByRole("button", { name: "Sign in again" }).click();
      // Hers here, and the one that she signed up with: the one before is over.
      await expect(section.getByRole("listitem")).toHaveCount(2);

      const second = await token();
      expect(second.value).not.toBe(first.value);
      expect([first.expires === -1, second.expires === -1]).toEqual([!stays, !stays]);
    });
  }
});

test("w1: a session that ended elsewhere leads to sign-in and back", async ({ page, stranger }) => {
  const ada = await signUp(page);
  await page.goto("/account");
  await expect(page.getByText("This device")).toBeVisible();
  await signIn(stranger, ada);
  await stranger.evaluate(() => fetch("/api/auth/revoke-other-sessions", { method: "POST" }));

  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page).toHaveURL("/sign-in?next=%2Faccount");
  await fillSignIn(page, ada);
  await expect(page).toHaveURL("/account");
});

test.describe("deleting the account", () => {
  test.use({ settings: { TESSERA_DELETE_USER: "on" }, expectedStatuses: [400, 401] });

  test("a8: takes a word and the password, and then nobody can sign in", async ({ page, context }) => {
    const ada = await signUp(page);
    const tab = await context.newPage();
    await tab.goto("/tasks");
    await expect(tab.getByRole("heading", { name: "Tasks" })).toBeVisible();

    await page.goto("/account");
    await expect(page.getByText("Your tasks go with it.")).toBeVisible();
    await page.getByRole("button", { name: "Delete account…" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete your account for good?" });
    const word = dialog.getByLabel("Type “delete” to confirm");
    const password = dialog.getByLabel("Your password");
    await expect(word).toBeFocused();
    await dialog.getByRole("button", { name: "Delete account" }).click();
    await expect(word).toHaveAccessibleDescription("Type “delete” here.");
    await expect(password).toHaveAccessibleDescription("Enter your password.");

    await word.fill("Delete ");
    await password.fill("not her password");
    await dialog.getByRole("button", { name: "Delete account" }).click();
    await expect(password).toHaveAccessibleDescription("This is not your password.");
    await expect(word).toHaveValue("Delete ");

    await password.fill(ada.password);
    await dialog.getByRole("button", { name: "Delete account" }).click();
    await expect(page).toHaveURL("/goodbye");
    await expect(page.getByRole("heading", { name: "Your account is deleted" })).toBeVisible();
    await expect(tab).toHaveURL("/sign-in");

    await fillSignIn(tab, ada);
    await expect(tab.getByText("E-mail and password do not match an account.")).toBeVisible();
  });
});

test.describe("deleting the account by letter", () => {
  test.use({
    settings: { TESSERA_DELETE_USER: "on", TESSERA_DELETE_USER_VERIFICATION: "on" },
    expectedStatuses: [401],
  });

  const deleted = (page) => page.getByRole("heading", { name: "Your account is deleted" });

  test("n22: the link deletes where its owner is signed in, and says so nowhere else", async ({ page, stranger, server }) => {
    const ada = await signUp(page);
    await page.goto("/account");
    await page.getByRole("button", { name: "Delete account…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Type “delete” to confirm").fill("delete");
    await dialog.getByLabel("Your password").fill(ada.password);
    await dialog.getByRole("button", { name: "Delete account" }).click();
    await expect(dialog.getByRole("status")).toContainText(`A letter is on its way to ${ada.email}.`);
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Delete account…" })).toBeFocused();
    const link = await mailedLink(server, ada.email);

    await stranger.goto(link);
    await expect(stranger).toHaveURL("/goodbye?error=FAILED_TO_GET_USER_INFO");
    await expect(stranger.getByRole("heading", { name: "Sign in first" })).toBeFocused();
    await expect(deleted(stranger)).toHaveCount(0);
    const bob = await signUp(stranger, somebody("Bob"));
    await stranger.goto("/goodbye?error=FAILED_TO_GET_USER_INFO");
    await expect(stranger.getByRole("heading", { name: "Follow the link again" })).toBeVisible();
    await stranger.goto(link);
    await expect(stranger).toHaveURL("/goodbye?error=INVALID_TOKEN");
    await expect(stranger.getByRole("heading", { name: "This link no longer works" })).toBeFocused();
    await expect(stranger.getByText(`You are signed in as ${bob.email}, and this account is not deleted.`)).toBeVisible();
    await stranger.getByRole("link", { name: "Go to your account" }).click();
    await expect(stranger.getByText(bob.email)).toBeVisible();

    await page.reload();
    await expect(page.getByText(ada.email)).toBeVisible();
    await page.goto(link);
    await expect(page).toHaveURL("/goodbye");
    await expect(deleted(page)).toBeFocused();
    await page.goto(link);
    await expect(page.getByText("If you have already followed it, the account is gone.")).toBeVisible();
    await page.getByRole("link", { name: "Sign in" }).click();
    await fillSignIn(page, ada);
    await expect(page.getByText("E-mail and password do not match an account.")).toBeVisible();
  });
});

test.describe("the server cannot be asked", () => {
  test.use({ expectedStatuses: ["aborted"] });

  test("w3: /goodbye says so, and can be tried again", async ({ page }) => {
    await page.route("**/get-session", (route) => route.abort());
    await page.goto("/goodbye");
    await expect(page.getByText("The server could not be reached.")).toBeVisible();
    await page.unroute("**/get-session");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { name: "Your account is deleted" })).toBeVisible();
  });
});

test("w3: /goodbye leads somebody who has an account to it", async ({ page }) => {
  await signUp(page);
  await page.goto("/goodbye");
  await expect(page).toHaveURL("/account");
});

test.describe("where the operator does not want it", () => {
  test.use({ expectedStatuses: [404] });

  test("w3: deleting the account explains itself", async ({ page }) => {
    const ada = await signUp(page);
    await page.goto("/account");
    await page.getByRole("button", { name: "Delete account…" }).click();
    await page.getByLabel("Type “delete” to confirm").fill("delete");
    await page.getByLabel("Your password").fill(ada.password);
    await page.getByRole("button", { name: "Delete account", exact: true }).click();
    await expect(page.getByText("On this server, people cannot delete their account themselves.")).toBeVisible();
    await page.getByRole("button", { name: "Keep it" }).click();
    await expect(page.getByRole("button", { name: "Delete account…" })).toBeFocused();
  });
});
