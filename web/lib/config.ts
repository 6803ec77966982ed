/** Origin of the Better Auth server; empty means the origin that serves this page. */
export const authOrigin = process.env.NEXT_PUBLIC_TESSERA_AUTH_URL ?? "";

/** Origin of the task API; empty means the origin that serves this page. */
export const apiOrigin = process.env.NEXT_PUBLIC_TESSERA_API_URL ?? "";
