"use client";

import { useEffect, useRef } from "react";

/** The heading that was there before, in this browser. */
let before: string | undefined;

/** The heading and the title of the page. Takes the focus when it comes in place of another, so that it is read. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (before !== undefined && before !== children) heading.current?.focus();
    before = children;
  }, [children]);
  return (
    <>
      <title>{children}</title>
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
    </>
  );
}
