import type { ReactNode } from "react";

/** The heading of what has come of an action; takes the focus, so that it is read where the form was. */
export function OutcomeHeading({ children }: { children: ReactNode }) {
  return (
    <h1 tabIndex={-1} ref={takeFocus}>
      {children}
    </h1>
  );
}

function takeFocus(heading: HTMLHeadingElement | null): void {
  heading?.focus();
}
