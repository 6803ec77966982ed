"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import styles from "./app-header.module.css";
import { Mark } from "./mark";
import { useSignOut } from "./use-sign-out";

const PAGES = [
  { href: "/tasks", label: "Tasks" },
  { href: "/account", label: "Account" },
] as const;

/** The head of every private page: the name, and beside it what is given. */
export function AppHeader({ children }: { children?: ReactNode }) {
  return (
    <header className={styles.header}>
      <Link className={styles.brand} href="/tasks">
        <Mark />
        <span>Tessera</span>
      </Link>
      {children}
    </header>
  );
}

/** Where one is, where one can go, and the way out. */
export function Navigation() {
  const pathname = usePathname();
  const signOut = useSignOut();
  return (
    <>
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
    </>
  );
}
