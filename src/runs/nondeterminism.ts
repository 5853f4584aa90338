import { AppError } from "../base/errors.ts";

/** A workflow that does not ask for what it asked for before. */
export function nondeterminism(why: string): AppError {
  return new AppError("conflict", `nondeterminism: ${why}`, {
    hint: "A workflow must ask for the same steps, under the same keys, each time it is run again.",
  });
}
