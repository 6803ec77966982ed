import { jwtClient } from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";

/** Better Auth in the browser; `authClient.token()` gets a JWT. */
export const authClient = createAuthClient({ plugins: [jwtClient()] });

/** What to say of a call of the client that failed; null when it did not. */
export async function failureOf(
  call: Promise<{ error: { message?: string } | null }>,
): Promise<string | null> {
  try {
    const { error } = await call;
    return error && (error.message ?? "That did not work. Please try again.");
  } catch {
    return UNREACHABLE;
  }
}

export const UNREACHABLE = "The server cannot be reached. Please try again.";
