import { RETRY_MS, RETRY_MS_MAX } from "./limits.ts";

/** The pause before try number `attempt` + 1: it doubles each time, and chance spreads those that failed together. */
export function backoffMs(attempt: number, random: number): number {
  const longest = Math.min(RETRY_MS * 2 ** Math.max(0, attempt - 1), RETRY_MS_MAX);
  return Math.round(longest * (0.5 + random / 2));
}
