"use client";

import PageError from "./error";
import "./globals.css";
import "./controls.css";

export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong · Tessera</title>
        <PageError reset={reset} />
      </body>
    </html>
  );
}
