"use client";

import { createContext, type ReactNode, use, useMemo, useState } from "react";
import styles from "./notices.module.css";

interface Failure {
  message: string;
  retry: () => void;
}

interface Actions {
  /** Says something to people who listen to the page instead of seeing it. */
  announce: (text: string) => void;
  /** Shows what failed, with a way to try again. */
  report: (message: string, retry: () => void) => void;
}

const NoticesContext = createContext<Actions | null>(null);

/** How a component announces what was done, and reports what failed. */
export function useNotices(): Actions {
  const actions = use(NoticesContext);
  if (actions === null) throw new Error("useNotices needs a Notices around it");
  return actions;
}

/** Shows the notices of everything inside it. */
export function Notices({ children }: { children: ReactNode }) {
  // Numbered, because the same words twice are said twice.
  const [announcement, setAnnouncement] = useState({ number: 0, text: "" });
  const [failures, setFailures] = useState<Failure[]>([]);

  const actions = useMemo<Actions>(
    () => ({
      announce: (text) => {
        setAnnouncement(({ number }) => ({ number: number + 1, text }));
      },
      report: (message, retry) => {
        // The same failure twice is shown once, with the later way to retry.
        setFailures((shown) => [...shown.filter((other) => other.message !== message), { message, retry }]);
      },
    }),
    [],
  );

  const dismiss = (failure: Failure) => {
    setFailures((shown) => shown.filter((other) => other !== failure));
  };

  return (
    <NoticesContext value={actions}>
      {children}
      <div className="heard-only" role="status">
        <p key={announcement.number}>{announcement.text}</p>
      </div>
      <div className={styles.failures} role="alert">
        {failures.map((failure) => (
          <div key={failure.message} className={styles.failure}>
            <p>{failure.message}</p>
            <button
              type="button"
              className="button quiet"
              onClick={() => {
                dismiss(failure);
                failure.retry();
              }}
            >
              Try again
            </button>
            <button
              type="button"
              className="button quiet"
              onClick={() => {
                dismiss(failure);
              }}
            >
              Dismiss
            </button>
          </div>
        ))}
      </div>
    </NoticesContext>
  );
}
