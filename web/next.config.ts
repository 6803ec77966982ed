import type { NextConfig } from "next";

const config: NextConfig = {
  // Everything becomes a file in out/; the tessera binary embeds and serves them.
  output: "export",
  reactStrictMode: true,
};

export default config;
