// examples/nextjs-better-auth as it is built for production, and the task API as its README starts it.
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { dataFolder, freePort, startServer } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";
import { startTogether } from "../support/together.mjs";
import { expect, somebody, test as base } from "./fixtures.js";

const example = fileURLToPath(new URL("../../examples/nextjs-better-auth", import.meta.url));

// Without npm, which would have to be stopped, too.
const { start } = JSON.parse(readFileSync(join(example, "package.json"), "utf8")).scripts;
const [program, ...startArgs] = start.slice(start.indexOf("next start")).split(" ");

/** `npm start` with these environment variables, once it answers with this status. */
async function startNext(environment, status) {
  const data = await dataFolder();
  const database = join(data, "auth.db");
  const url = environment.BETTER_AUTH_URL;
  const server = await startServer({
    program: process.execPath,
    args: [`node_modules/.bin/${program}`, ...startArgs],
    cwd: example,
    env: { PATH: process.env.PATH, PORT: new URL(url).port, AUTH_DATABASE: database, ...environment },
    url,
    isReady: async () => (await fetch(`${url}/api/auth/ok`)).status === status,
    data,
  });
  return Object.assign(server, { database });
}

const test = base.extend({
  server: async ({}, use) => {
    const url = `http://localhost:${await freePort()}`;
    const apiPort = await freePort();
    const { next, api, stop } = await startTogether(async (keep) => {
      const environment = {
        BETTER_AUTH_SECRET: "the secret of the application and of nobody else",
        BETTER_AUTH_URL: url,
        TASKS_API_URL: `http://localhost:${apiPort}`,
      };
      const next = await keep(startNext(environment, 200));
      const api = await keep(
        startTessera({
          PORT: String(apiPort),
          TESSERA_ONLY: "api",
          BETTER_AUTH_URL: url,
          TESSERA_JWKS_URL: `${url}/api/auth/jwks`,
          TESSERA_CORS_ORIGINS: url,
        }),
      );
      return { next, api };
    });
    await use({ url, database: next.database, api, secrets: api.secrets, reaches: [api.url] });
    await stop();
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

test("before the scripts are there, Enter puts nothing of what was typed into the address", async ({ page }) => {
  await page.route("**/_next/static/**/*.js", () => {}); // never answered
  await page.goto("/", { waitUntil: "commit" });
  const ada = somebody();
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password").fill(ada.password);
  const [submitted] = await Promise.all([
    page.waitForRequest((request) => request.isNavigationRequest()),
    page.keyboard.press("Enter"),
  ]);
  expect([submitted.method(), new URL(submitted.url()).search]).toEqual(["POST", ""]);
  // It gets the form again.
  await expect(page.getByLabel("Password")).toHaveValue("");
});

test("w5: no page of others may frame it, and its database is nobody else's to read", async ({ page, server }) => {
  const { headers } = await fetch(server.url);
  expect(headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");

  await page.goto("/");
  await signUp(page, somebody());
  const { mode } = await stat(server.database);
  expect(mode & 0o777).toBe(0o600);
});

test("w5: what comes in place of another page has its title, and the focus on its heading", async ({ page }) => {
  const expectHeading = async (name) => {
    await expect(page.getByRole("heading", { name })).toBeFocused();
    await expect(page).toHaveTitle(name);
  };
  await page.goto("/");
  await expect(page).toHaveTitle("Sign in");
  await expect(page.getByRole("heading", { name: "Sign in" })).not.toBeFocused();
  await page.getByRole("button", { name: "I have no account yet" }).click();
  await expectHeading("Create an account");
  await page.getByRole("button", { name: "I have an account" }).click();
  await signUp(page, somebody());
  await expectHeading("Tasks");
  await signOut(page);
  await expectHeading("Sign in");
});

test.describe("a title that the API refuses", () => {
  test.use({ expectedStatuses: [400] });

  test("is there still, and what is wrong with it is said", async ({ page }) => {
    await page.goto("/");
    await signUp(page, somebody());
    await page.getByLabel("New task").fill("   ");
    await page.keyboard.press("Enter");
    await expect(page.getByText("The title must be 1 to 200 characters.")).toBeVisible();
    await expect(page.getByLabel("New task")).toHaveValue("   ");
  });
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

test("v5: without a secret of its own, nothing is served beyond development", async () => {
  const next = await startNext({ BETTER_AUTH_URL: `http://localhost:${await freePort()}` }, 500);
  try {
    await expect.poll(() => next.log).toContain("Please set `BETTER_AUTH_SECRET`");
  } finally {
    await next.stop();
  }
});
