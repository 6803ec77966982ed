import { defineConfig } from "@playwright/test";
import { launchOptions } from "./browser.js";

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
  use: { launchOptions, trace: "retain-on-failure" },
  projects: [
    { name: "narrow", use: { viewport: { width: 320, height: 640 } } },
    { name: "wide", use: { viewport: { width: 1280, height: 800 } } },
  ],
});
