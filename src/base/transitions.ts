export type TaskStatus = keyof typeof TASK_NEXT;

/** Where a task may go from where it stands. Every other move is refused. */
export const TASK_NEXT = {
  pending: ["active", "cancelled"],
  active: ["pending", "completed", "failed", "blocked", "cancelled"],
  blocked: ["pending", "active", "cancelled"],
  failed: ["pending"], // A retry starts again from the beginning.
  completed: ["active"], // Only when the work needs revision.
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export const TASK_STATUSES = Object.keys(TASK_NEXT) as [TaskStatus, ...TaskStatus[]];

export function mayBecome(from: TaskStatus, to: TaskStatus): boolean {
  return (TASK_NEXT[from] as readonly TaskStatus[]).includes(to);
}

/** What becomes of a program: it waits, runs, and ends in one of these ways. */
export const EXECUTION_STATUSES = [
  "queued",
  "running",
  "completed",
  "error", // The program failed.
  "timeout",
  "limit",
  "denied",
  "crashed",
  "cancelled",
  "interrupted", // The process that ran it died.
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];
/** Went wrong, in one way or another, before its time was over. */
export const EXECUTION_FAILURES: readonly ExecutionStatus[] = [
  "error",
  "limit",
  "denied",
  "crashed",
  "cancelled",
  "interrupted",
];

/** What becomes of a run. The moves between them stand in the database, which refuses every other. */
export const RUN_STATUSES = [
  "gated", // It waits for a limit.
  "queued",
  "running",
  "waiting", // For a time, a signal, a child.
  "completed",
  "failed",
  "cancelled",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export const RUN_ENDS: readonly RunStatus[] = ["completed", "failed", "cancelled"];

export const STEP_STATUSES = [
  "running",
  "waiting",
  "completed",
  "failed",
  "unknown", // It began, nobody knows whether it was done, and it may not be done twice.
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export const SESSION_STATUSES = ["open", "closed"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];
