// Debian's Chromium, as it starts on a machine without a desktop, a network or a user of its own.
import { existsSync } from "node:fs";

// The same without windows: a page takes half the time.
const headlessShell = "/usr/bin/chromium-headless-shell";
const installed = existsSync(headlessShell) ? headlessShell : "/usr/bin/chromium";

export const launchOptions = {
  executablePath: process.env.CHROMIUM ?? installed,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
