import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

/** Where `tessera` runs while pages are written: `npm run dev` passes the API on to it. */
const SERVER = "http://localhost:3000";

export default function config(phase: string): NextConfig {
  if (phase === PHASE_DEVELOPMENT_SERVER) {
    return {
      rewrites: () => Promise.resolve([{ source: "/api/:path*", destination: `${SERVER}/api/:path*` }]),
    };
  }
  // Everything becomes a file in out/; the tessera binary embeds and serves them.
  return { output: "export" };
}
