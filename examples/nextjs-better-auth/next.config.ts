import type { NextConfig } from "next";

const headers = [
  // A page of others that showed this one in a frame could have a click mean something else.
  { key: "Content-Security-Policy", value: "frame-ancestors 'none'" },
  { key: "X-Content-Type-Options", value: "nosniff" },
];

export default {
  headers: async () => [{ source: "/:path*", headers }],
} satisfies NextConfig;
