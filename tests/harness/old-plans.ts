// A store of plans as the Python orchestrator left it.
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

export function database(path: string, ...statements: string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  const connection = new Database(path);
  for (const statement of statements) connection.run(statement);
  connection.close();
  return path;
}

export const PLANS = [
  "CREATE TABLE task_breakdowns (parent_task_id TEXT PRIMARY KEY, description TEXT, complexity TEXT, context TEXT, created_at TEXT)",
  "CREATE TABLE subtasks (task_id TEXT PRIMARY KEY, parent_task_id TEXT, title TEXT, description TEXT, specialist_type TEXT, dependencies TEXT, estimated_effort TEXT, status TEXT, results TEXT, artifacts TEXT, created_at TEXT, completed_at TEXT)",
  "INSERT INTO task_breakdowns VALUES ('task_1', 'Build a scraper', 'complex', 'In Rust', '2025-06-01 10:00:00.123456')",
  `INSERT INTO subtasks VALUES ('arch_1', 'task_1', 'Design', 'The queues', 'architect', '[]', '2 hours', 'completed', 'Two queues, no broker.', '[]', '2025-06-01 10:00:00', '2025-06-02 10:00:00')`,
  `INSERT INTO subtasks VALUES ('impl_1', 'task_1', 'Build', 'The scraper', 'implementer', '["arch_1", "gone_1"]', '1 day', 'active', NULL, '[]', '2025-06-01 10:00:00', NULL)`,
];
