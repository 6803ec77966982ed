import Link from "next/link";
import type { ReactNode } from "react";

/** The one thing to do next, where there is nothing to fill in. */
export function WayOn({ href, children }: { href: string; children: ReactNode }) {
  return (
    <p className="lead">
      <Link className="button primary" href={href}>
        {children}
      </Link>
    </p>
  );
}
