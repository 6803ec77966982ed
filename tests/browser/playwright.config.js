import { defineConfig } from "@playwright/test";
import { launchOptions } from "./browser.js";

// They are about who talks to whom, not about how pages look.
const wideOnly = ["fastapi", "nextjs", "node", "policy", "redirects", "split", "tokens"].map((name) => `${name}.spec.js`);

export default defineConfig({
  testMatch: "*.spec.js",
  outputDir: "results",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: { launchOptions, screenshot: "only-on-failure" },
  projects: [
    { name: "narrow", testIgnore: wideOnly, use: { viewport: { width: 320, height: 640 } } },
    { name: "wide", use: { viewport: { width: 1280, height: 800 } } },
  ],
});
