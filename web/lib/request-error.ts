/** A request that the server refused, or (status 0) that never reached it. */
export class RequestError extends Error {
  override name = "RequestError";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The server's error code, empty when it sent none. */
  readonly code: string;
  /** What is wrong with each field, by field name. */
  readonly fields: Readonly<Record<string, string>>;
  /** Seconds to wait before another try, when the server said so. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    answer: {
      message?: string | undefined;
      code?: string | undefined;
      fields?: Record<string, string> | undefined;
    } = {},
    retryAfter: number | null = null,
  ) {
    super(answer.message ?? "");
    this.status = status;
    this.code = answer.code ?? "";
    this.fields = answer.fields ?? {};
    this.retryAfter = retryAfter;
  }
}

/** Seconds to wait, from `x-retry-after` (Better Auth) or `retry-after` (RFC 9110, section 10.2.3). */
export function retryAfterOf(headers: Headers): number | null {
  const seconds = Number.parseInt(headers.get("x-retry-after") ?? headers.get("retry-after") ?? "", 10);
  return seconds > 0 ? seconds : null;
}
