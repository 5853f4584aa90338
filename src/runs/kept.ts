// What runs keep as JSON: inputs, outputs, signals. Nothing is nothing.
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { RUN_CHARS_MAX } from "../base/limits.ts";

/** `what` is named in the refusal of what is too large. */
export function encode(what: string, value: Json): string;
export function encode(what: string, value: Json | undefined): string | null;
export function encode(what: string, value: Json | undefined): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.length <= RUN_CHARS_MAX) return text;
  throw new AppError("too_large", `cannot keep ${what}: ${text.length} characters`, {
    hint: `At most ${RUN_CHARS_MAX}. Keep it as an artifact or in a file, and give its name.`,
  });
}

export function decode(text: string | null): Json | undefined {
  return text === null ? undefined : (JSON.parse(text) as Json);
}
