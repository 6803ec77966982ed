// An automated audit of every page in every state, and of the narrowest screen (W4).
import AxeBuilder from "@axe-core/playwright";
import { addTask, signUp, task } from "./actions.js";
import { expect, test } from "./fixtures.js";

async function audit(page, what) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect(found, `${what}, ${colorScheme}`).toEqual([]);
  }
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(wide, `${what} needs no sideways scrolling`).toBeLessThanOrEqual(seen);
}

test.describe("an audit finds nothing", () => {
  test.use({ expectedStatuses: [401, 404] });

  test("w4: on the pages for guests, empty and with mistakes", async ({ page }) => {
    const pages = [["/sign-up", "Create account"], ["/sign-in", "Sign in"], ["/forgot", "Send me a link"]];
    for (const [path, button] of pages) {
      await page.goto(path);
      await audit(page, path);
      await page.getByRole("button", { name: button }).click();
      await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
      await audit(page, `${path} with mistakes`);
    }
    await page.goto("/reset?token=of-a-letter");
    await page.getByRole("button", { name: "Save the new password" }).click();
    await expect(page.getByText("Choose a password.")).toBeVisible();
    await audit(page, "/reset with a mistake");
    await page.goto("/nowhere");
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await audit(page, "a page that does not exist");
  });

  test("w4: where links in letters lead", async ({ page }) => {
    for (const [path, heading] of [
      ["/reset", "This link no longer works"],
      ["/verify", "Verify your address"],
      ["/verify?after=verification", "Your address is verified"],
      ["/verify?after=verification&error=TOKEN_EXPIRED", "This link does not work"],
      ["/verify?after=change", "Thank you for confirming"],
      ["/verify?after=change&error=INVALID_TOKEN", "This link no longer works"],
      ["/goodbye", "Your account is deleted"],
      ["/goodbye?error=FAILED_TO_GET_USER_INFO", "Sign in first"],
      ["/goodbye?error=INVALID_TOKEN", "This link no longer works"],
    ]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      await audit(page, path);
    }
  });

  test("w4: on the task list, empty, full, editing and asking", async ({ page }) => {
    await signUp(page);
    await audit(page, "an empty list");
    await addTask(page, "A task with a long title ".repeat(8).trim());
    await addTask(page, "Unbreakable".repeat(18));
    await addTask(page, "قائمة المهام");
    await task(page, "قائمة المهام").check();
    await audit(page, "a list");
    await page.getByRole("button", { name: "Edit “قائمة المهام”" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Write what there is to do.")).toBeVisible();
    await audit(page, "an editor with a mistake");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Delete “قائمة المهام”" }).click();
    await audit(page, "the question before deleting");
  });

  test("w4: on the account page", async ({ page }) => {
    await signUp(page);
    await page.goto("/account");
    await expect(page.getByText("This device")).toBeVisible();
    await audit(page, "the account");
    await page.getByLabel("Name").fill("");
    for (const button of ["Save name", "Change address", "Change password"]) {
      await page.getByRole("button", { name: button }).click();
    }
    await expect(page.getByText("Choose a password.")).toBeVisible();
    await audit(page, "the account with mistakes");
    await page.getByRole("button", { name: "Delete account…" }).click();
    await page.getByRole("button", { name: "Delete account", exact: true }).click();
    await expect(page.getByText("Type “delete” here.")).toBeVisible();
    await audit(page, "the question before deleting the account");
  });
});

test("w4: a thousand tasks are all there, and a toggle touches one row only", async ({ page }) => {
  await signUp(page);
  await page.evaluate(async () => {
    const { user } = await (await fetch("/api/auth/get-session")).json();
    const { token } = await (await fetch("/api/auth/token")).json();
    const add = (number) =>
      fetch(`/api/${user.id}/tasks`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title: `Task ${number}` }),
      });
    for (let first = 0; first < 1000; first += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, number) => add(first + number)));
    }
  });
  await page.reload();
  const rows = page.getByRole("list", { name: "Tasks" }).locator("> li");
  await expect(rows).toHaveCount(1000);

  const changed = await rows.nth(500).evaluate(async (row) => {
    const touched = new Set();
    const observer = new MutationObserver((mutations) => {
      for (const { target } of mutations) touched.add(target.closest?.("li") ?? target.parentElement?.closest("li"));
    });
    observer.observe(row.parentElement, { subtree: true, childList: true, attributes: true, characterData: true });
    row.querySelector("input").click();
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    observer.disconnect();
    touched.delete(null);
    touched.delete(undefined);
    return { rows: touched.size, own: touched.has(row), skipped: getComputedStyle(row).contentVisibility };
  });
  expect(changed).toEqual({ rows: 1, own: true, skipped: "auto" });
});
