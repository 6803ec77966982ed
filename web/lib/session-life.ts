const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

/**
 * Whether a session ends with the browser: it was begun without "Stay signed in".
 *
 * The server keeps such a session for exactly a day and never prolongs it; any
 * other gets the time that the operator has set (a week unless said otherwise),
 * from its last use. Where that is a day too, the answer is yes for both.
 */
export function endsWithBrowser({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date }): boolean {
  return Math.abs(expiresAt.getTime() - createdAt.getTime() - DAY) < MINUTE;
}
