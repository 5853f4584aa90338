// Events of a run of a pattern in the words of the earlier research server.
import type { EventRow } from "../store/events.ts";

export interface OldEvent {
  readonly event_type: string;
  readonly task_id: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const ENDS: Readonly<Record<string, string>> = {
  "run.completed": "workflow_complete",
  "run.failed": "workflow_error",
  "run.cancelled": "workflow_cancelled",
};

/** Steps of patterns by what they were called: the outermost that a key names decides. */
const PARTS: Readonly<Record<string, string>> = {
  plan: "decomposition",
  kinds: "decomposition",
  work: "agent",
  swarm: "agent",
  looks: "agent",
  each: "agent",
  sides: "agent",
  votes: "agent",
  groups: "synthesis",
  report: "synthesis",
  answer: "synthesis",
  reduce: "synthesis",
  summary: "synthesis",
  judge: "synthesis",
  document: "document_generation",
  rounds: "iteration",
};

/** Undefined for what had no name there. */
export function oldEvent(event: EventRow, taskId: string): OldEvent | undefined {
  const named = nameOf(event);
  if (!named) return undefined;
  const { type, ...more } = named;
  return {
    event_type: type,
    task_id: taskId,
    timestamp: new Date(event.at_ms).toISOString(),
    data: { ...more, ...dataOf(event) },
  };
}

interface Named {
  readonly type: string;
  readonly agent_id?: string;
  readonly step?: string;
}

function nameOf({ type, data }: EventRow): Named | undefined {
  if (type === "run.created") return { type: "workflow_start" };
  const end = ENDS[type];
  if (end) return { type: end };
  const step = String(data["step"] ?? "");
  const kind = String(data["kind"] ?? "");
  const [first = ""] = step.split(/[.[]/);
  const part = PARTS[first];
  if (!part) return undefined;
  return part === "agent" || (part === "iteration" && kind !== "value")
    ? agentEvent(type, kind, step)
    : partEvent(type, kind, step, part);
}

/** `work[2].worker.reply-1` begins the agent `work[2].worker`. */
function agentEvent(type: string, kind: string, step: string): Named | undefined {
  const [, agent = step, part = ""] = /^(.*)\.((?:reply|use)-[\d-]+)$/.exec(step) ?? [];
  const told = { agent_id: agent, step };
  if (kind === "agent" || kind === "task") {
    if (type === "step.completed") return { type: "agent_complete", ...told };
    return type === "step.failed" ? { type: "agent_error", ...told } : undefined;
  }
  if (part === "reply-1" && type === "step.started") return { type: "agent_start", ...told };
  if (part !== "" && type === "step.failed" && kind === "reply") return { type: "agent_error", ...told };
  return part === "" || type === "step.started" ? undefined : { type: "agent_progress", ...told };
}

function partEvent(type: string, kind: string, step: string, part: string): Named | undefined {
  const name = part === "iteration" ? "iteration" : part;
  const begins = type === "step.started" && (kind === "tool" || step.endsWith(".reply-1"));
  if (begins) return { type: `${name}_start`, step };
  const ends = type === "step.completed" && ["agent", "tool", "task", "value"].includes(kind);
  return ends ? { type: `${name}_complete`, step } : undefined;
}

function dataOf({ data }: EventRow): Record<string, unknown> {
  const { error, attempt } = data as { error?: { message?: string }; attempt?: number };
  return {
    ...(error?.message === undefined ? {} : { error: error.message }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}
