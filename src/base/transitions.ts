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

export const SESSION_STATUSES = ["open", "closed"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];
