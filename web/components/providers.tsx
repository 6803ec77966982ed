"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { keeper } from "@/lib/auth";
import { queryClient } from "@/lib/query-client";
import { followOtherTabs, sessionQuery } from "@/lib/session";

/** What every page lives in: fetched data, and the watch over the session. */
export function Providers({ children }: { children: ReactNode }) {
  useEffect(followOtherTabs, []);
  useEffect(hideWhileAway, []);
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}

/**
 * The back button may bring a page back as it was left (back/forward cache),
 * after the session has ended elsewhere. So a page is left invisible, and
 * shows itself again only when the server has said whose session it is.
 */
function hideWhileAway(): () => void {
  const leave = ({ persisted }: PageTransitionEvent) => {
    if (persisted) document.documentElement.dataset.away = "";
  };
  const comeBack = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    queryClient
      .refetchQueries({ queryKey: sessionQuery.queryKey }, { throwOnError: true })
      // Nobody knows whose page this is: it begins anew, and asks again.
      .catch(() => {
        keeper.drop();
        return queryClient.resetQueries();
      })
      .then(() => {
        delete document.documentElement.dataset.away;
      }, console.error);
  };
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", comeBack);
  return () => {
    window.removeEventListener("pagehide", leave);
    window.removeEventListener("pageshow", comeBack);
  };
}
