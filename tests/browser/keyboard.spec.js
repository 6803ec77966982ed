// The whole journey without a mouse (W4).
import { signUp, task } from "./actions.js";
import { expect, somebody, test } from "./fixtures.js";
import { mailedLink } from "./mailbox.js";

/** Presses Tab until the element has the focus, which has to be visible there. */
async function tabTo(page, target) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      await expectVisibleFocus(page);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reached ${target}`);
}

async function expectVisibleFocus(page) {
  const focus = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return { outline: style.outlineStyle !== "none" && style.outlineWidth !== "0px", shadow: style.boxShadow !== "none" };
  });
  expect(focus.outline || focus.shadow).toBe(true);
}

test("w4: sign up, add, toggle, edit, delete and sign out by keyboard alone", async ({ page }) => {
  const ada = somebody();
  await page.goto("/sign-in");
  await tabTo(page, page.getByRole("link", { name: "Create one" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();

  await tabTo(page, page.getByLabel("Name"));
  await page.keyboard.type(ada.name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(ada.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(ada.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();

  await tabTo(page, page.getByLabel("New task"));
  for (const title of ["One", "Two", "Three"]) {
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await expect(task(page, title)).toBeVisible();
    await expect(page.getByLabel("New task")).toBeFocused();
    await expect(page.getByLabel("New task")).toHaveValue("");
  }

  await tabTo(page, task(page, "Two"));
  await page.keyboard.press("Space");
  await expect(task(page, "Two")).toBeChecked();

  await tabTo(page, page.getByRole("button", { name: "Edit “Two”" }));
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Edit “Two”" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Second");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Edit “Second”" })).toBeFocused();

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Delete “Second”" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(task(page, "Second")).toHaveCount(0);
  await expect(task(page, "One")).toBeFocused();

  await tabTo(page, page.getByRole("banner").getByRole("button", { name: "Sign out" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/sign-in");
});

test("w4: the first Tab on a private page offers to skip to the content", async ({ page }) => {
  await signUp(page);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("w4: a forgotten password is replaced by keyboard alone", async ({ page, stranger, server }) => {
  const ada = await signUp(stranger);
  await page.goto("/sign-in");
  await tabTo(page, page.getByRole("link", { name: "Forgot your password?" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(ada.email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Look in your mailbox" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Read them" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Read them" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "ask again" })).toBeFocused();

  await page.goto(await mailedLink(server, ada.email));
  await tabTo(page, page.getByLabel("New password"));
  await page.keyboard.type("several unrelated words");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Your password is changed" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test.describe("the account", () => {
  test.use({ settings: { TESSERA_DELETE_USER: "on", TESSERA_CHANGE_EMAIL: "on" } });

  test("w4: address and password are changed and the account deleted by keyboard alone", async ({ page, server }) => {
    const ada = await signUp(page);
    const moved = somebody();
    await page.goto("/account");
    await expect(page.getByText("This device")).toBeVisible();
    await tabTo(page, page.getByLabel("New address"));
    await page.keyboard.type(moved.email);
    await page.keyboard.press("Enter");
    await expect(page.getByText(`A letter is on its way to ${moved.email}`)).toBeVisible();
    await tabTo(page, page.getByRole("link", { name: "Read them" }));
    await page.goto(await mailedLink(server, moved.email));
    await tabTo(page, page.getByRole("link", { name: "Go to your tasks" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("link", { name: "Account" }));
    await page.keyboard.press("Enter");
    await expect(page.getByText(moved.email)).toBeVisible();
    await expect(page.getByText("This device")).toBeVisible();

    await tabTo(page, page.getByLabel("Current password"));
    await page.keyboard.type(ada.password);
    await tabTo(page, page.getByLabel("New password"));
    await page.keyboard.type("several unrelated words");
    await page.keyboard.press("Enter");
    await expect(page.getByText("Your password is changed.")).toBeVisible();

    await tabTo(page, page.getByRole("button", { name: "Delete account…" }));
    await page.keyboard.press("Enter");
    await expect(page.getByLabel("Type “delete” to confirm")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Delete account…" })).toBeFocused();
    await page.keyboard.press("Enter");
    await page.keyboard.type("delete");
    await page.keyboard.press("Tab");
    await page.keyboard.type("several unrelated words");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Your account is deleted" })).toBeVisible();
  });
});
