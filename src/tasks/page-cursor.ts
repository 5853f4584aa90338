import { AppError } from "../base/errors.ts";

/** The place where a page of tasks begins; 0 is the first. */
export function parseCursor(cursor: string | undefined, tool: string): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("invalid_input", `cannot use this cursor: it is not one that ${tool} gave`, {
    hint: "Take cursor from the last answer, or leave it out to begin at the first page.",
  });
}
