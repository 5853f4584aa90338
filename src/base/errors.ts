/** Every failure that a caller can see. One row: what the faces answer, and whether trying again can help. */
export const ERROR_CODES = {
  invalid_input: { http: 400, exit: 2, retry: false },
  unauthorized: { http: 401, exit: 3, retry: false },
  over_budget: { http: 402, exit: 12, retry: false },
  forbidden: { http: 403, exit: 3, retry: false },
  not_found: { http: 404, exit: 4, retry: false },
  not_allowed: { http: 405, exit: 2, retry: false },
  conflict: { http: 409, exit: 5, retry: false },
  too_large: { http: 413, exit: 2, retry: false },
  unsupported_media: { http: 415, exit: 2, retry: false },
  rate_limited: { http: 429, exit: 6, retry: true },
  cancelled: { http: 499, exit: 130, retry: false },
  failed: { http: 422, exit: 1, retry: true },
  internal: { http: 500, exit: 70, retry: false },
  damaged: { http: 500, exit: 9, retry: false },
  uncertain: { http: 500, exit: 11, retry: false },
  unavailable: { http: 503, exit: 6, retry: true },
  outdated: { http: 503, exit: 8, retry: false },
  timeout: { http: 504, exit: 7, retry: true },
  storage_full: { http: 507, exit: 10, retry: true },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One field that was refused, and why. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

interface AppErrorOptions {
  readonly hint: string;
  readonly fields?: readonly FieldProblem[];
  /** For codes that may be tried again: how long to wait first. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The message says what we could not do, colon, the state that stopped it; the hint says what to do next. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.fields = options.fields ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get http() {
    return ERROR_CODES[this.code].http;
  }

  get exit() {
    return ERROR_CODES[this.code].exit;
  }

  toJSON() {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      retry: ERROR_CODES[this.code].retry,
      ...(this.retryAfterMs === undefined ? {} : { retry_after_ms: this.retryAfterMs }),
      ...(this.fields.length === 0 ? {} : { fields: this.fields }),
    };
  }
}

/** Anything thrown becomes an AppError, once, at the face. What an unknown failure says stays in its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isAbort(thrown)) {
    return new AppError("cancelled", "the call was cancelled", {
      hint: "Call again if the answer is still wanted.",
      cause: thrown,
    });
  }
  return new AppError("internal", "unexpected failure", {
    hint: "Look for this request id in cadre's log, and report what it says.",
    cause: thrown,
  });
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}
