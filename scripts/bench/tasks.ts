import type { StdioPeer } from "./stdio-peer.ts";

const PRESENT = 1_000;
const ROLES = ["architect", "implementer", "tester", "documenter", "reviewer"] as const;
const LANES = 64;

/** A task such as a model writes it. */
export function draft(index: number): Record<string, unknown> {
  return {
    title: `Move settings reader ${index} to the new table`,
    description: `Find every place that reads the old settings in module ${index}, move it, keep its tests green.`,
    role: ROLES[index % ROLES.length],
    ...(index % 4 === 0 ? { priority: 3 } : {}),
    tags: ["settings", `module-${index % 20}`],
  };
}

/** Makes the thousand tasks that the figures ask for; some wait for the one before. */
export async function fill(peer: StdioPeer): Promise<void> {
  let next = 0;
  const lane = async () => {
    let before: string | undefined;
    while (next < PRESENT) {
      const index = next++;
      const needs = before && index % 4 === 0 ? [before] : [];
      const { id } = JSON.parse(await peer.call("task_create", { ...draft(index), needs })) as { id: string };
      before = id;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
