const DEFAULT_PATH = "/tasks";
const GUEST_PATHS: readonly string[] = [
  "/",
  "/sign-in",
  "/sign-up",
  "/forgot",
  "/reset",
  "/verify",
  "/goodbye",
];

/**
 * Where to go after signing in: the path asked for in `?next=`, if it is a path
 * on this origin, else the tasks. The value comes from the address bar, so
 * anyone who can send a link chooses it.
 *
 * @param next the raw value of the parameter
 * @param origin this page's origin
 */
export function nextPath(next: string | null, origin: string): string {
  // Browsers read "\" as "/" and skip tabs and newlines, so neither may reach the parser.
  if (next === null || !next.startsWith("/") || /[\\\u0000-\u001f\u007f]/.test(next)) return DEFAULT_PATH;
  if (!URL.canParse(next, origin)) return DEFAULT_PATH;
  const url = new URL(next, origin);
  if (url.origin !== origin || url.pathname.startsWith("//")) return DEFAULT_PATH;
  if (GUEST_PATHS.includes(url.pathname)) return DEFAULT_PATH;
  return url.pathname + url.search + url.hash;
}

/** The address of a guest page that leads on to `path` afterwards. */
export function withNext(page: "/sign-in" | "/sign-up", path: string): string {
  return path === DEFAULT_PATH ? page : `${page}?next=${encodeURIComponent(path)}`;
}
