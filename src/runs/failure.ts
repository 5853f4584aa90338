// Errors as a run remembers them. Nothing of a secret is kept, and nothing of a stack.
import { z } from "zod";
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from "../base/errors.ts";
import { jsonIn } from "../base/json.ts";
import { redactText } from "../base/redact.ts";
import { clip } from "../base/text.ts";

const MESSAGE_CHARS_MAX = 4_000;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

const Kept = z.object({
  code: z.string().refine((code): code is ErrorCode => code in ERROR_CODES),
  message: z.string(),
  hint: z.string().optional(),
});

/** What was thrown without being foreseen says more by its own words. */
export function failureOf(thrown: unknown): Failure {
  const { code, message, hint } = toAppError(thrown);
  const own = code === "internal" && thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : message;
  return { code, message: clip(redactText(own), MESSAGE_CHARS_MAX), ...(code === "internal" ? {} : { hint }) };
}

export function readFailure(text: string | null): Failure {
  const kept = Kept.safeParse(jsonIn(text ?? undefined));
  return kept.success ? kept.data : { code: "internal", message: "it failed, and what was kept of it cannot be read" };
}

/** The remembered error, thrown again. */
export function thrownAgain({ code, message, hint }: Failure): AppError {
  return new AppError(code, message, { hint: hint ?? "run_show tells what the run did before." });
}

/** Trying again would not help: what is wrong is the request. */
export function isFinal(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code !== "internal" && !ERROR_CODES[thrown.code].retry;
}
