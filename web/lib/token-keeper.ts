/** The session is over: only signing in again helps. */
export class SessionOverError extends Error {
  override name = "SessionOverError";
}

/** The token was dropped (sign-out) while a request still wanted it. */
export class TokenDroppedError extends Error {
  override name = "TokenDroppedError";
}

/** Whether a request failed only because nobody is signed in any more: there is nothing to explain then. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof SessionOverError || error instanceof TokenDroppedError;
}

interface HeldToken {
  jwt: string;
  /** From this time on it is replaced before it is used, in milliseconds. */
  renewAt: number;
  /** From this time on it is not used at all, in milliseconds. */
  endsAt: number;
}

const FIVE_MINUTES = 5 * 60 * 1000;

/**
 * Keeps the JWT in memory, and nowhere else, and renews it once for all who wait.
 *
 * A token is renewed when five minutes of its life are left, or half of it if
 * that is less.
 */
export class TokenKeeper {
  readonly #fetchToken: () => Promise<string>;
  readonly #now: () => number;
  #held: HeldToken | null = null;
  #renewal: Promise<string> | null = null;
  #epoch = 0;

  /**
   * @param fetchToken asks the server for a new JWT; throws {@link SessionOverError} when the session is over
   * @param now milliseconds on any steady clock
   */
  constructor(fetchToken: () => Promise<string>, now: () => number) {
    this.#fetchToken = fetchToken;
    this.#now = now;
  }

  /** Changes with every {@link drop}: what began in an earlier epoch belongs to an earlier session. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Takes a JWT that the server has just issued. */
  put(jwt: string): void {
    const lifetime = lifetimeOf(jwt);
    const now = this.#now();
    this.#held = {
      jwt,
      renewAt: now + lifetime - Math.min(FIVE_MINUTES, lifetime / 2),
      endsAt: now + lifetime,
    };
  }

  /** A JWT fit for use now. */
  async current(): Promise<string> {
    const held = this.#held;
    if (held !== null && this.#now() < held.renewAt) return held.jwt;
    try {
      return await this.#renew();
    } catch (error) {
      // A renewal that could not reach the server need not fail a request whose token still lives.
      if (!isSignedOut(error) && held !== null && held === this.#held && this.#now() < held.endsAt)
        return held.jwt;
      throw error;
    }
  }

  /** A JWT to try instead of one that was answered with 401. */
  async refused(jwt: string): Promise<string> {
    if (this.#held?.jwt === jwt) this.#held = null;
    return this.current();
  }

  /** Forgets the token; a renewal under way is discarded when it arrives. */
  drop(): void {
    this.#held = null;
    this.#renewal = null;
    this.#epoch += 1;
  }

  #renew(): Promise<string> {
    if (this.#renewal !== null) return this.#renewal;
    const epoch = this.#epoch;
    const renewal = this.#fetchToken()
      .then((jwt) => {
        if (epoch !== this.#epoch) throw new TokenDroppedError();
        this.put(jwt);
        return jwt;
      })
      .finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
    this.#renewal = renewal;
    return renewal;
  }
}

/**
 * Milliseconds from `iat` to `exp` (RFC 7519, section 4.1). Counted from the
 * token's arrival, so a wrong clock on this device does no harm. A token that
 * cannot be read is used until the server refuses it.
 */
function lifetimeOf(jwt: string): number {
  try {
    const payload = jwt.split(".")[1] ?? "";
    const json = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(json) as { iat?: unknown; exp?: unknown };
    if (typeof claims.iat === "number" && typeof claims.exp === "number") {
      return Math.max(0, claims.exp - claims.iat) * 1000;
    }
  } catch {
    // Falls through: not a JWT that can be read.
  }
  return Number.POSITIVE_INFINITY;
}
