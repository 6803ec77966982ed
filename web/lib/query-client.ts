import { QueryClient } from "@tanstack/react-query";
import { RequestError } from "./request-error";

/** What the page has fetched. Emptied at sign-out by `lib/session.ts`. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Once more when no answer came; what the server refused it would refuse again.
      retry: (failures, error) => failures < 1 && error instanceof RequestError && error.status === 0,
      retryDelay: 500,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
