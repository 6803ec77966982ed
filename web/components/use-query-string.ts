import { useSyncExternalStore } from "react";

/** The query of the page's address; null before the exported page has come alive. */
export function useQueryString(): URLSearchParams | null {
  const search = useSyncExternalStore(subscribeToNothing, readSearch, () => null);
  return search === null ? null : new URLSearchParams(search);
}

function readSearch(): string {
  return window.location.search;
}

function subscribeToNothing(): () => void {
  return () => undefined;
}
