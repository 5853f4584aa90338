// What went wrong at a provider, in our words. What it says is somebody else's text, and may hold what it was sent.
import { AppError, type ErrorCode } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { redactText } from "../base/redact.ts";
import { clip, printable } from "../base/text.ts";

const SAID_CHARS_MAX = 300;
const RETRY_MS_MAX = 15 * 60_000;
/** What keys look like, wherever they stand. */
const KEY = /\b(sk|xai|gsk|pplx|AIza|tvly|or)[-_]?[\w-]{12,}/g;

/** Where it was asked; its key is in nothing that is told. */
interface Asked {
  readonly provider: string;
  readonly variable: string;
  readonly key: string | undefined;
}

export function providerFailure({ provider, variable, key }: Asked, cause: unknown, now: number): AppError {
  if (cause instanceof AppError) return cause;
  const { statusCode: status, responseHeaders, message } = factsOf(cause);
  const said = saidOf(key ? message.replaceAll(key, "[hidden]") : message);
  const code = codeOf(status);
  const hint = hintOf(code, provider, variable);
  const retryAfterMs = retryAfter(responseHeaders, now);
  const how = howItFailed(status, cause);
  return new AppError(code, `${provider} ${how}: ${said}`, {
    hint,
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function howItFailed(status: number | undefined, cause: unknown): string {
  if (status !== undefined) return `answered ${status}`;
  return isGarbage(cause) ? "answered what nobody understands" : "did not answer";
}

function isGarbage(cause: unknown): boolean {
  return cause instanceof Error && /TypeValidation|JSONParse|InvalidResponse/.test(cause.name);
}

interface Facts {
  readonly statusCode: number | undefined;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly message: string;
}

function factsOf(cause: unknown): Facts {
  if (!isRecord(cause)) return { statusCode: undefined, responseHeaders: {}, message: String(cause) };
  const { statusCode, responseHeaders, message } = cause;
  return {
    statusCode: typeof statusCode === "number" ? statusCode : undefined,
    responseHeaders: isRecord(responseHeaders) ? (responseHeaders as Record<string, string>) : {},
    message: typeof message === "string" ? message : JSON.stringify(cause),
  };
}

export function saidOf(message: string): string {
  return clip(printable(redactText(message).replace(KEY, "[hidden]")), SAID_CHARS_MAX);
}

function codeOf(status: number | undefined): ErrorCode {
  if (status === undefined || status >= 500 || status < 300) return "unavailable";
  const known: Readonly<Record<number, ErrorCode>> = {
    401: "unauthorized",
    402: "over_budget",
    403: "forbidden",
    404: "not_found",
    408: "timeout",
    409: "unavailable",
    413: "too_large",
    429: "rate_limited",
  };
  return known[status] ?? "invalid_input";
}

function hintOf(code: ErrorCode, provider: string, variable: string): string {
  if (code === "unauthorized" || code === "forbidden") return `Look at the key in ${variable}.`;
  if (code === "not_found") return `Look whether ${provider} has such a model: cadre provider list --check.`;
  if (code === "over_budget") return `Look at your account with ${provider}.`;
  if (code === "invalid_input" || code === "too_large") return "Look at what was asked; another model may take it.";
  return "It is tried again.";
}

function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(RETRY_MS_MAX, Math.max(0, ms)) : undefined;
}
