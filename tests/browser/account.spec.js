// Who I am, where I am signed in, and how to end it (W1, A6).
import { signIn, signUp } from "./actions.js";
import { expect, test } from "./fixtures.js";

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
