import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

/** Where `tessera` runs while pages are written: `npm run dev` passes on to it what is not a page. */
const SERVER = "http://localhost:3000";

export default function config(phase: string): NextConfig {
  if (phase === PHASE_DEVELOPMENT_SERVER) {
    return {
      rewrites: () =>
        Promise.resolve(
          ["/api/:path*", "/config.json"].map((path) => ({ source: path, destination: `${SERVER}${path}` })),
        ),
    };
  }
  // Everything becomes a file in out/; the tessera binary embeds and serves them.
  return { output: "export" };
}
