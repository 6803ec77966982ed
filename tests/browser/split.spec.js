// The halves as two processes, and pages that are not on the server's own origin.
import { createServer } from "node:http";
import { once } from "node:events";
import { freePort } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";
import { startTogether } from "../support/together.mjs";
import { addTask, signUp, task } from "./actions.js";
import { expect, somebody, test as base } from "./fixtures.js";

const SECRETS = {
  BETTER_AUTH_SECRET: "a secret that is only the auth server's",
  TESSERA_JWT_SECRET: "a secret that both of the halves share",
};

/** The server of the pages; `reaches` holds the origin of its task API. */
const split = base.extend({
  server: async ({}, use) => {
    const apiPort = await freePort();
    const apiUrl = `http://localhost:${apiPort}`;
    const { auth, stop } = await startTogether(async (keep) => {
      const auth = await keep(startTessera({ ...SECRETS, TESSERA_ONLY: "auth", TESSERA_API_URL: apiUrl }));
      const api = await keep(
        startTessera({
          TESSERA_JWT_SECRET: SECRETS.TESSERA_JWT_SECRET,
          TESSERA_ONLY: "api",
          PORT: String(apiPort),
          BETTER_AUTH_URL: auth.url,
          TESSERA_CORS_ORIGINS: auth.url,
        }),
      );
      auth.reaches = [api.url];
      api.secrets = auth.secrets;
      return { auth };
    });
    await use(auth);
    await stop();
  },
});

split("v4: the web app finds the task API in another process, and a list is there after a reload", async ({ page, server }) => {
  const answered = page.waitForResponse((response) => response.url().startsWith(server.reaches[0]));
  await signUp(page);
  expect((await answered).request().headers().authorization).toMatch(/^Bearer /);
  await addTask(page, "Kept elsewhere");
  await task(page, "Kept elsewhere").check();
  await page.reload();
  await expect(task(page, "Kept elsewhere")).toBeChecked();
  await page.getByRole("button", { name: "Delete “Kept elsewhere”" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(task(page, "Kept elsewhere")).toHaveCount(0);
  await page.goto("/account");
  await expect(page.getByText("Your tasks are kept elsewhere")).toBeVisible();
});

base.describe("without an address of the task API", () => {
  base.use({ settings: { ...SECRETS, TESSERA_ONLY: "auth" }, expectedStatuses: [404] });

  base("the pages say that the tasks are not where they look", async ({ page }) => {
    await signUp(page);
    await expect(page.getByText("Your tasks are not where this page was told to look for them.")).toBeVisible();
  });
});

/** A server, and a page that is not its own. */
const test = base.extend({
  /** Somebody else's web server: an empty page, at two addresses. */
  elsewhere: async ({}, use) => {
    const pages = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>Hello"));
    await once(pages.listen(0, "127.0.0.1"), "listening");
    const { port } = pages.address();
    await use({ sameSite: `http://localhost:${port}`, otherSite: `http://127.0.0.1:${port}` });
    pages.close();
  },
  listed: [[], { option: true }],
  server: async ({ elsewhere, listed }, use) => {
    const origins = listed.map((which) => elsewhere[which]).join(",");
    const server = await startTessera({ TESSERA_CORS_ORIGINS: origins });
    server.reaches = [elsewhere.sameSite, elsewhere.otherSite];
    await use(server);
    await server.stop();
  },
});

/** What a script in the page gets to know when it signs somebody up and asks for the session. */
const signUpFrom = (page, url, account) =>
  page.evaluate(
    async ([url, account]) => {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", credentials: "include", headers, body: JSON.stringify(account) };
      try {
        const answer = await fetch(`${url}/api/auth/sign-up/email`, init);
        const { user } = await answer.json();
        const token = answer.headers.get("set-auth-jwt");
        const bearer = { headers: { authorization: `Bearer ${token}` } };
        const tasks = await fetch(`${url}/api/${user.id}/tasks`, bearer);
        const session = await fetch(`${url}/api/auth/get-session`, { credentials: "include" });
        return { tasks: await tasks.json(), email: (await session.json())?.user.email };
      } catch (error) {
        return error.name;
      }
    },
    [url, account],
  );

const none = { tasks: [], next_cursor: null };

test.describe("a page at another origin that is listed", () => {
  test.use({ listed: ["sameSite", "otherSite"] });

  test("on the same site: cookies and tokens", async ({ page, server, elsewhere }) => {
    await page.goto(elsewhere.sameSite);
    const ada = somebody();
    expect(await signUpFrom(page, server.url, ada)).toEqual({ tasks: none, email: ada.email });
  });

  test("on another site: tokens, and no cookie", async ({ page, server, elsewhere }) => {
    await page.goto(elsewhere.otherSite);
    expect(await signUpFrom(page, server.url, somebody())).toEqual({ tasks: none, email: undefined });
  });
});

test.describe("a page at another origin that is not listed", () => {
  test.use({ listed: ["otherSite"], expectedStatuses: ["cors", "aborted"] });

  test("learns nothing", async ({ page, server, elsewhere }) => {
    await page.goto(elsewhere.sameSite);
    expect(await signUpFrom(page, server.url, somebody())).toBe("TypeError");
  });
});
