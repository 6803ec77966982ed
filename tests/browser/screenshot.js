// Takes the picture that stands in the README, from the real page.
import { chromium } from "@playwright/test";
import { fileURLToPath } from "node:url";
import { startTessera } from "../support/tessera.mjs";
import { addTask, signUp, task } from "./actions.js";
import { launchOptions } from "./browser.js";

const server = await startTessera();
const browser = await chromium.launch(launchOptions);
const page = await browser.newPage({ baseURL: server.url, viewport: { width: 1280, height: 800 }, colorScheme: "light" });
await signUp(page, { name: "Ada Lovelace", email: "ada@example.com", password: "the analytical engine" });
for (const title of [
  "Water the plants on the balcony",
  "Read the chapter on cursors",
  "Write to Grandmother",
  "Book the train to Vienna",
  "Send Charles the corrected table",
]) {
  await addTask(page, title);
}
for (const done of ["Water the plants on the balcony", "Read the chapter on cursors"]) await task(page, done).check();
await page.getByRole("button", { name: "Done 2" }).waitFor();
await page.evaluate(() => document.activeElement?.blur());
const path = fileURLToPath(new URL("../../docs/tasks.png", import.meta.url));
await page.screenshot({ path, animations: "disabled" });
await browser.close();
await server.stop();
