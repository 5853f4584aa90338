import { AppError } from "../base/errors.ts";
import { fileError } from "../store/file-errors.ts";

/** Why a file could not be written, for an answer that is otherwise whole. */
export function problemText(cause: unknown, shown: string): string {
  if (cause instanceof AppError) return cause.message;
  const isOfFiles = typeof (cause as { code?: unknown } | undefined)?.code === "string";
  return isOfFiles ? fileError(cause, `write ${shown}`).message : `cannot write ${shown}: unexpected failure`;
}
