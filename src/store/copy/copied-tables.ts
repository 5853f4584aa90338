// What of a database is somebody's, in an order in which what is referred to comes before what refers to it.

export interface CopiedTable {
  readonly name: string;
  /** What the rows are ordered by, and told apart by. */
  readonly key: readonly [string, ...string[]];
  /** Whether the key is a number that the database gives out. */
  readonly isNumbered?: boolean;
  /** A column that may refer to a later row of the same table. */
  readonly later?: string;
}

export const COPIED_TABLES: readonly CopiedTable[] = [
  { name: "workspace", key: ["id"] },
  { name: "session", key: ["seq"], isNumbered: true },
  { name: "task", key: ["seq"], isNumbered: true, later: "parent_id" },
  { name: "task_need", key: ["task_id", "needs_id"] },
  { name: "lease", key: ["task_id"] },
  { name: "draft", key: ["id"] },
  { name: "draft_piece", key: ["draft_id", "piece"] },
  { name: "content", key: ["hash"] },
  { name: "artifact", key: ["seq"], isNumbered: true },
  { name: "decision", key: ["seq"], isNumbered: true },
  { name: "task_commit", key: ["task_id", "hash"] },
  { name: "execution", key: ["seq"], isNumbered: true },
  { name: "execution_file", key: ["execution_id", "path"] },
  { name: "scan", key: ["seq"], isNumbered: true },
  { name: "workflow_definition", key: ["digest"] },
  { name: "run", key: ["seq"], isNumbered: true, later: "parent_id" },
  { name: "run_step", key: ["run_id", "key"] },
  { name: "run_signal", key: ["seq"], isNumbered: true },
  { name: "run_limit", key: ["key"] },
  { name: "run_gate", key: ["run_id", "key"] },
  { name: "run_task", key: ["task_id"] },
  { name: "reply", key: ["seq"], isNumbered: true },
  { name: "reply_piece", key: ["reply_id", "n"] },
  { name: "schedule", key: ["seq"], isNumbered: true },
  { name: "webhook", key: ["seq"], isNumbered: true },
  { name: "webhook_delivery", key: ["seq"], isNumbered: true },
  { name: "idempotency", key: ["key"] },
  { name: "event", key: ["seq"], isNumbered: true },
];

/** The rest: what each database has of its own, what lives no longer than a process, and what is made anew. */
export const LEFT_OUT: readonly string[] = [
  "migration",
  "fact",
  "run_move",
  "worker",
  "mcp_session",
  "caller_rate",
  "search_entry",
  "search_text",
];
