import type { Ids } from "../../src/base/ids.ts";

/** Ids that count: task_000000000001, task_000000000002, … */
export function countingIds(): Ids {
  const counts = new Map<string, number>();
  return {
    next: (noun) => {
      const count = (counts.get(noun) ?? 0) + 1;
      counts.set(noun, count);
      return `${noun}_${count.toString(16).padStart(12, "0")}`;
    },
  };
}
