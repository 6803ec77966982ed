"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import styles from "./app-header.module.css";
import { Mark } from "./mark";
import { useSignOut } from "./use-sign-out";

const PAGES = [
  { href: "/tasks", label: "Tasks" },
  { href: "/account", label: "Account" },
] as const;

/** The head of every private page: where one is, where one can go, and the way out. */
export function AppHeader() {
  const pathname = usePathname();
  const signOut = useSignOut();
  return (
    <header className={styles.header}>
      <Link className={styles.brand} href="/tasks">
        <Mark />
        <span>Tessera</span>
      </Link>
      <nav className={styles.nav} aria-label="Pages">
        {PAGES.map(({ href, label }) => (
          <Link key={href} href={href} aria-current={pathname === href ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <button type="button" className="button quiet" onClick={signOut}>
        Sign out
      </button>
    </header>
  );
}
