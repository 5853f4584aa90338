import type { StepOptions } from "../../runs/workflow.ts";
import type { Step } from "../workflow-file.ts";

/** What a file says of how a step is tried. */
export function modifiers({ retry, timeout }: Step): Pick<StepOptions, "retry" | "timeoutMs"> {
  return {
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(retry === undefined ? {} : { retry: { attempts: retry.attempts, firstMs: retry.first, mostMs: retry.most } }),
  };
}
