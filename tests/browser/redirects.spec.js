// Where signing in leads (W1).
import { fillSignIn, signUp } from "./actions.js";
import { expect, test } from "./fixtures.js";

test("w1: a protected page leads to sign-in and back to what was asked for", async ({ page, stranger }) => {
  const ada = await signUp(stranger);
  await page.goto("/account?from=mail");
  await expect(page).toHaveURL("/sign-in?next=%2Faccount%3Ffrom%3Dmail");
  await fillSignIn(page, ada);
  await expect(page).toHaveURL("/account?from=mail");
  await expect(page.getByText(ada.email)).toBeVisible();
});

test("w1: after signing in, an address of another site leads nowhere else", async ({ page, context, stranger, server }) => {
  const ada = await signUp(stranger);
  for (const next of [
    "//evil.example/x",
    "https://evil.example/",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/..//evil.example",
  ]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await fillSignIn(page, ada);
    await expect(page.getByRole("banner").getByRole("link", { name: "Account" })).toBeVisible();
    expect(new URL(page.url()).origin, next).toBe(server.url);
    await context.clearCookies();
  }
});
