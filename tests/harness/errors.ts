import { AppError } from "../../src/base/errors.ts";

/** The AppError that `work` fails with; anything else is the test's failure. */
export async function refusalOf(work: () => unknown): Promise<AppError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error("expected a refusal, but it went through");
}
