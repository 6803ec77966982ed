// examples/nextjs-better-auth as it is built for production, and the task API as its README starts it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { freePort, startTessera } from "../support/tessera.mjs";
import { expect, somebody, test as base } from "./fixtures.js";

const example = fileURLToPath(new URL("../../examples/nextjs-better-auth", import.meta.url));

const test = base.extend({
  /** `npm start` with these environment variables, until it answers with this status; gives what it has printed. */
  startNext: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), "tessera-nextjs-"));
    const started = [];
    await use(async (environment, status) => {
      const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start"], {
        cwd: example,
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH, AUTH_DATABASE: join(data, "auth.db"), ...environment },
      });
      started.push(child);
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
      const answers = () => fetch(`http://localhost:${environment.PORT}/api/auth/ok`).then((answer) => answer.status, String);
      await expect.poll(answers, { timeout: 30_000, message: "npm start" }).toBe(status);
      return () => output;
    });
    for (const child of started) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    }
    await rm(data, { recursive: true, force: true });
  },

  server: async ({ startNext }, use) => {
    const [port, apiPort] = [await freePort(), await freePort()];
    const url = `http://localhost:${port}`;
    const environment = {
      PORT: String(port),
      BETTER_AUTH_SECRET: "the secret of the application and of nobody else",
      BETTER_AUTH_URL: url,
      TASKS_API_URL: `http://localhost:${apiPort}`,
    };
    await startNext(environment, 200);
    const api = await startTessera({
      PORT: String(apiPort),
      TESSERA_ONLY: "api",
      BETTER_AUTH_URL: url,
      TESSERA_JWKS_URL: `${url}/api/auth/jwks`,
      TESSERA_CORS_ORIGINS: url,
    });
    await use({ url, api, secrets: api.secrets, reaches: [api.url] });
    await api.stop();
  },
});

async function signUp(page, person) {
  await page.getByRole("button", { name: "I have no account yet" }).click();
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Nothing to do.")).toBeVisible();
}

async function addTask(page, title) {
  await page.getByLabel("New task").fill(title);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("checkbox", { name: title })).toBeVisible();
}

/** The API refuses the next token: as if it had expired. */
async function refuseOnce(page, { api }) {
  const refusal = { message: "The token has expired", code: "TOKEN_EXPIRED" };
  const headers = { "access-control-allow-origin": "*" };
  const refuse = (route) => route.fulfill({ status: 401, headers, json: refusal });
  await page.route((url) => url.origin === api.url, refuse, { times: 1 });
}

const titles = (page) => page.getByRole("listitem").locator("label").allTextContents();
const signOut = (page) => page.getByRole("button", { name: "Sign out" }).click();

test("v7: a Next.js application with Better Auth inside: two people, and each has tasks of their own", async ({ page }) => {
  await page.goto("/");
  const ada = somebody();
  await signUp(page, ada);
  await addTask(page, "First");
  await addTask(page, "Second");
  await page.getByRole("checkbox", { name: "First" }).check();
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await page.reload();
  await expect(page.getByRole("checkbox", { name: "First" })).toBeChecked();
  expect(await titles(page)).toEqual(["Second", "First"]);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("button", { name: "Delete “Second”" }).click();
  await expect(page.getByRole("checkbox", { name: "Second" })).toHaveCount(0);
  await expect(page.getByLabel("New task")).toBeFocused();
  await signOut(page);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await signUp(page, somebody("Grace Hopper"));
  await addTask(page, "Hers");
  expect(await titles(page)).toEqual(["Hers"]);
  await signOut(page);

  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password").fill(ada.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("checkbox", { name: "First" })).toBeChecked();
  expect(await titles(page)).toEqual(["First"]);
});

test.describe("a token that has expired", () => {
  test.use({ expectedStatuses: [401] });

  test("a7: is replaced, and where the session is over, too, the page asks to sign in", async ({ page, server }) => {
    await page.goto("/");
    await signUp(page, somebody());
    await refuseOnce(page, server);
    await addTask(page, "In spite of it");

    await page.context().clearCookies();
    await refuseOnce(page, server);
    await page.getByRole("checkbox", { name: "In spite of it" }).check();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    expect(await page.content()).not.toContain("In spite of it");
  });
});

test("v5: without a secret of its own, nothing is served beyond development", async ({ startNext }) => {
  const port = await freePort();
  const output = await startNext({ PORT: String(port), BETTER_AUTH_URL: `http://localhost:${port}` }, 500);
  await expect.poll(output).toContain("Please set `BETTER_AUTH_SECRET`");
});
