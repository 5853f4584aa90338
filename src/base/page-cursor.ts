import { AppError } from "./errors.ts";

/** The place that a list goes on from; `first` where nobody has given one yet. */
export function pageCursor(cursor: string | undefined, tool: string, first: number): number {
  if (cursor === undefined) return first;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("invalid_input", `cannot use this cursor: it is not one that ${tool} gave`, {
    hint: "Take cursor from the last answer, or leave it out to begin at the first page.",
  });
}
