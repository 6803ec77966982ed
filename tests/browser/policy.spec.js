// The Content-Security-Policy of every page, and the API's own page (W5, K4).
import { createHash } from "node:crypto";
import { expect, test } from "./fixtures.js";

test.use({ expectedStatuses: [404] });

for (const path of [
  "/",
  "/sign-in",
  "/sign-up",
  "/forgot",
  "/reset",
  "/verify",
  "/goodbye",
  "/tasks",
  "/account",
  "/nowhere",
]) {
  test(`w5: ${path} runs only scripts of its own`, async ({ page, request, baseURL }) => {
    const response = await request.get(`${baseURL}${path}`, { headers: { accept: "text/html" } });
    const policy = response.headers()["content-security-policy"];
    const scripts = /script-src ([^;]*)/.exec(policy)[1].split(" ");
    expect(scripts.filter((source) => source !== "'self'" && !source.startsWith("'sha256-"))).toEqual([]);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");

    const inline = [...(await response.text()).matchAll(/<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/g)];
    expect(inline.length).toBeGreaterThan(0);
    for (const [, script] of inline) {
      const hash = createHash("sha256").update(script).digest("base64");
      expect(scripts).toContain(`'sha256-${hash}'`);
    }
    // The fixture fails on any violation that the browser itself reports.
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });
}

test("k4: the interactive page shows the operations and loads nothing from elsewhere", async ({ page }) => {
  await page.goto("/docs");
  await expect(page.getByText("/api/{user_id}/tasks", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Authorize" })).toBeVisible();
});
