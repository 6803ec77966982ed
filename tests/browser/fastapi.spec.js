// The pages on the task API of examples/fastapi-todo.
import { startExample } from "../support/fastapi-todo.mjs";
import { freePort } from "../support/server.mjs";
import { startTessera } from "../support/tessera.mjs";
import { startTogether } from "../support/together.mjs";
import { addTask, signIn, signOutButton, signUp, task, titles } from "./actions.js";
import { expect, test as base } from "./fixtures.js";

const JWT_SECRET = "a secret that both of the servers share";

/** What the two servers are told, for each of the ways in which they may share keys. */
const WAYS = {
  "with a shared secret": () => [{ TESSERA_JWT_SECRET: JWT_SECRET }, { TESSERA_JWT_SECRET: JWT_SECRET }],
  "with published keys": (authUrl) => [
    { TESSERA_JWT_ALGORITHM: "EdDSA" },
    { TESSERA_JWKS_URL: `${authUrl}/api/auth/jwks` },
  ],
};

const test = base.extend({
  way: ["", { option: true }],
  server: async ({ way }, use) => {
    const [port, apiPort] = [await freePort(), await freePort()];
    const authUrl = `http://localhost:${port}`;
    const [ofAuth, ofApi] = WAYS[way](authUrl);
    const apiUrl = `http://localhost:${apiPort}`;
    const { auth, stop } = await startTogether(async (keep) => {
      const auth = await keep(
        startTessera({ PORT: port, TESSERA_ONLY: "auth", TESSERA_API_URL: apiUrl, ...ofAuth }),
      );
      const api = await keep(
        startExample({ PORT: apiPort, BETTER_AUTH_URL: auth.url, TESSERA_CORS_ORIGINS: auth.url, ...ofApi }),
      );
      auth.reaches = [api.url];
      api.secrets = auth.secrets;
      return { auth };
    });
    await use(auth);
    await stop();
  },
});

for (const way of Object.keys(WAYS)) {
  test.describe(way, () => {
    test.use({ way });

    test("v7: a person's tasks are kept in Python, and nobody else sees them", async ({ page, stranger, server }) => {
      const answered = page.waitForResponse((response) => response.url().startsWith(server.reaches[0]));
      const ada = await signUp(page);
      expect((await answered).headers().server).toBe("uvicorn");
      for (const title of ["One", "Two", "Three"]) await addTask(page, title);

      await task(page, "One").check();
      await page.getByRole("button", { name: "Edit “Two”" }).click();
      const editor = page.getByRole("form", { name: "Edit “Two”" });
      await editor.getByLabel("Title").fill("Two and a half");
      await editor.getByLabel("Description").fill("Nearly three.");
      await editor.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Delete “Three”" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await expect(task(page, "Three")).toHaveCount(0);

      await page.reload();
      await expect(task(page, "One")).toBeChecked();
      expect(await titles(page)).toEqual(["Two and a half", "One"]);
      await expect(page.getByText("Nearly three.")).toBeVisible();

      await signUp(stranger);
      await expect(stranger.getByText("Nothing here yet.")).toBeVisible();

      await signOutButton(page).click();
      await expect(page).toHaveURL("/sign-in");
      await signIn(page, ada);
      await expect(task(page, "One")).toBeChecked();
    });
  });
}
