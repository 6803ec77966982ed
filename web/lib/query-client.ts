import { notifyManager, QueryClient } from "@tanstack/react-query";
import { RequestError } from "./request-error";

// A change is on the screen before the click that made it is over: a tile must
// not fall back to unticked for the moment in between.
notifyManager.setScheduler(queueMicrotask);

/** What the page has fetched. Emptied at sign-out by `lib/session.ts`. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Once more when no answer came; what the server refused it would refuse again.
      retry: (failures, error) => failures < 1 && error instanceof RequestError && error.status === 0,
      retryDelay: 500,
      networkMode: "always",
    },
  },
});
