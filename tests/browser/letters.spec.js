// What goes by letter: a forgotten password (W3).
import { expect, test } from "./fixtures.js";

test.describe("a forgotten password", () => {
  test.use({ expectedStatuses: [400] });

  test("w3: without an account in mind, /reset leads on", async ({ page }) => {
    for (const path of ["/reset", "/reset?error=INVALID_TOKEN"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Ask for a new link" })).toBeVisible();
    }
  });

  test("w3: a server that cannot send mail says so, and the address stays", async ({ page }) => {
    const refusal = { message: "Reset password isn't enabled", code: "RESET_PASSWORD_DISABLED" };
    await page.route("**/request-password-reset", (route) => route.fulfill({ status: 400, json: refusal }));
    await page.goto("/forgot");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByRole("button", { name: "Send me a link" }).click();
    await expect(page.getByRole("alert").getByText("This server cannot send mail")).toBeVisible();
    await expect(page.getByLabel("E-mail")).toHaveValue("ada@example.com");
  });
});
