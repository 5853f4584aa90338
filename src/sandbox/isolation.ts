// What stands between a program and the machine, from weak to strong.
import { z } from "zod";

export const LEVELS = ["process", "landlock", "namespace"] as const;
export const Level = z.enum(LEVELS);
export type Level = z.infer<typeof Level>;

/** True when `level` holds at least what `wanted` holds. */
export function isAtLeast(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

/** What was really in force while a program ran. */
export const Isolation = z.object({
  level: Level,
  backend: z.array(z.string()).describe("What enforced it."),
  network: z.enum(["off", "hosts", "on"]).describe("hosts: only those of the policy, through a proxy."),
  verified: z.boolean().describe("Shown by a self-test of this process, not by version numbers."),
  degraded: z.array(z.string()).optional().describe("What holds less than one might think."),
});
export type Isolation = z.infer<typeof Isolation>;
