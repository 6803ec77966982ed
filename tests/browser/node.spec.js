// The npm package's server for an auth server: the pages and the task API are Tessera's, behind one nginx.
import { startWithNpm } from "../proxy/proxy.mjs";
import { addTask, credentials, signIn, signOutButton, signUp, task, titles } from "./actions.js";
import { expect, somebody, test as base } from "./fixtures.js";

const test = base.extend({
  secret: [undefined, { option: true }],
  server: async ({ secret }, use) => {
    const server = await startWithNpm({ secret });
    await use(server);
    await server.stop();
  },
});
test.use({ ignoreHTTPSErrors: true });

for (const [how, secret, header] of [
  ["keys that it publishes", undefined, { alg: "EdDSA", kid: expect.any(String) }],
  ["a secret that it shares", "a secret of the npm package and of the API", { alg: "HS256" }],
]) {
  test.describe(how, () => {
    test.use({ secret });

    test("v7: each has tasks of their own, and they are there the next time", async ({ page }) => {
      const ada = await signUp(page);
      const { token } = await credentials(page);
      const [head, claims] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
      expect(head).toEqual(header);
      expect(Object.keys(claims)).not.toContain("sid");
      await addTask(page, "Kept for Ada");
      await task(page, "Kept for Ada").check();
      await signOutButton(page).click();
      await expect(page).toHaveURL(/\/sign-in/);

      await signUp(page, somebody("Grace Hopper"));
      await addTask(page, "Kept for Grace");
      expect(await titles(page)).toEqual(["Kept for Grace"]);
      await signOutButton(page).click();
      await expect(page).toHaveURL(/\/sign-in/);

      await signIn(page, ada);
      await expect(task(page, "Kept for Ada")).toBeChecked();
      expect(await titles(page)).toEqual(["Kept for Ada"]);
    });
  });
}
