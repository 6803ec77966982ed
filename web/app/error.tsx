"use client";

import { Mark } from "@/components/mark";

export default function PageError({ reset }: { reset: () => void }) {
  return (
    <main className="alone">
      <Mark />
      <h1>Something went wrong</h1>
      <p>The page stopped because of a mistake in it. What you saved is safe.</p>
      <button className="button primary" type="button" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
