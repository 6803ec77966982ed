import { useRef } from "react";
import { explain } from "@/lib/plain-words";
import { endSession } from "@/lib/session";
import { useNotices } from "./notices";

/** Signs out. The gate around private pages then leads to sign-in. */
export function useSignOut(): () => void {
  const { report } = useNotices();
  const busy = useRef(false);
  return function signOut() {
    if (busy.current) return;
    busy.current = true;
    endSession()
      .catch((error: unknown) => {
        report(`You are still signed in. ${explain(error).message}`, signOut);
      })
      .finally(() => {
        busy.current = false;
      });
  };
}
