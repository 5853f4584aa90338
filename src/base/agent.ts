import { z } from "zod";
import { AGENT_CHARS_MAX } from "./limits.ts";

/** Who makes a call, as far as holding a task goes. */
export interface Agent {
  /** The same for every call of one client; several clients have it when `isShared`. */
  readonly id: string;
  /** How others are told who holds a task. */
  readonly label: string;
  /** Cannot be told from other callers of the same face: only a lease tells whose hold it is. */
  readonly isShared: boolean;
  /** The process whose death ends its holds; empty when only time does. */
  readonly process: string;
}

/** What a caller may call itself: a line that can be shown as it is. */
export const AgentName = z
  .string()
  .trim()
  .min(1)
  .max(AGENT_CHARS_MAX)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, "expected characters that can be shown");

/** Whoever says its name is the same agent wherever it says it. */
export function namedAgent(name: string, process = ""): Agent {
  return { id: `agent:${name}`, label: name, isShared: false, process };
}

/** Callers that nothing tells from one another. */
export function sharedAgent(face: "http" | "rest" | "cli"): Agent {
  return { id: face, label: face, isShared: true, process: "" };
}
