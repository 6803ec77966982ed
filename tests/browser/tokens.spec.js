// Short-lived tokens: renewed unnoticed, once for all who wait, and never stored (A7, W2).
import { addTask, credentials, fillSignIn, signIn, signUp, task } from "./actions.js";
import { expect, test } from "./fixtures.js";

const LIFETIME = 6;

/** Waits until a token is refused: from its `exp` on, since the server that made it allows its own clock no leeway. */
async function tokenIsRefused(page, server, { userId, token }) {
  const tasks = `${server.url}/api/${userId}/tasks`;
  const status = async () => (await page.request.get(tasks, { headers: { authorization: `Bearer ${token}` } })).status();
  await expect.poll(status, { timeout: 30_000 }).toBe(401);
}

test.describe("with tokens of a few seconds", () => {
  test.use({ settings: { TESSERA_JWT_EXPIRES_IN: `${LIFETIME}s` }, expectedStatuses: [401] });

  test("a7: a token that expires mid-use is replaced unnoticed, once for many requests", async ({ page, server }) => {
    await signUp(page);
    for (const title of ["One", "Two", "Three", "Four"]) await addTask(page, title);
    await tokenIsRefused(page, server, await credentials(page));

    const renewals = [];
    page.on("request", (request) => {
      if (/\/api\/auth\/(token|get-session)$/.test(request.url())) renewals.push(request.url());
    });
    const saved = [];
    page.on("response", (response) => {
      if (response.request().method() === "PUT" && response.ok()) saved.push(response.url());
    });
    await page.evaluate(() => {
      for (const box of document.querySelectorAll('main input[type="checkbox"]')) box.click();
    });
    for (const title of ["One", "Two", "Three", "Four"]) await expect(task(page, title)).toBeChecked();
    await expect.poll(() => saved.length).toBe(4);
    await expect(page.getByRole("button", { name: "Done 4" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Try again" })).toHaveCount(0);
    expect(renewals).toHaveLength(1);
    await page.reload();
    for (const title of ["One", "Two", "Three", "Four"]) await expect(task(page, title)).toBeChecked();
  });

  test("a7: when the session itself is over, the person signs in and is back", async ({ page, server, stranger }) => {
    const ada = await signUp(page);
    await addTask(page, "Unfinished");
    const mine = await credentials(page);
    await signIn(stranger, ada);
    await stranger.evaluate(() => fetch("/api/auth/revoke-other-sessions", { method: "POST" }));
    await tokenIsRefused(page, server, mine);

    await task(page, "Unfinished").click();
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(page.getByText("Unfinished")).toHaveCount(0);
    await fillSignIn(page, ada);
    await expect(page).toHaveURL("/tasks");
    await expect(task(page, "Unfinished")).not.toBeChecked();
  });
});

test("w2: tokens are in no storage, and the session cookie is out of scripts' reach", async ({ page, context }) => {
  await signUp(page);
  await addTask(page, "Something");
  const stored = await page.evaluate(async () => ({
    local: Object.entries(localStorage),
    session: Object.entries(sessionStorage),
    databases: await indexedDB.databases(),
    cookies: document.cookie,
  }));
  expect(stored).toEqual({ local: [], session: [], databases: [], cookies: "" });
  const cookies = await context.cookies();
  expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: "better-auth.session_token", httpOnly: true, sameSite: "Lax" },
  ]);
});

test("w2: every call of the task API carries the token in Authorization", async ({ page }) => {
  const calls = [];
  page.on("request", (request) => {
    if (/\/api\/[^/]+\/tasks/.test(request.url())) calls.push(request);
  });
  await signUp(page);
  await addTask(page, "Something");
  expect(calls.length).toBeGreaterThan(1);
  for (const call of calls) expect(await call.headerValue("authorization")).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
});
