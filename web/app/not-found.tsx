import type { Metadata } from "next";
import Link from "next/link";
import { Mark } from "@/components/mark";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="alone">
      <Mark />
      <h1>There is nothing here</h1>
      <p>The address may be mistyped, or the page may have moved.</p>
      <Link className="button primary" href="/">
        Go to your tasks
      </Link>
    </main>
  );
}
