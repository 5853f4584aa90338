// The task orchestrator with code execution, which kept everything in ~/.mcp/tasks/tasks.db.
import { join } from "node:path";
import { PRIORITY_DEFAULT } from "../../base/limits.ts";
import type { TaskStatus } from "../../base/transitions.ts";
import type { Row } from "../../runtime/runtime.ts";
import { readOldDatabase, textOf } from "./old-database.ts";
import { listIn, type OldArtifact, type OldSource, type OldTask, timeOf } from "./old-work.ts";

/** There, a larger number was more urgent, from 0 to 4. */
const URGENT_MAX = 4;
const STATUSES: Readonly<Record<string, TaskStatus>> = { completed: "completed", blocked: "blocked" };

export const codeOrchestrator: OldSource = {
  id: "code-orchestrator",
  name: "Task Orchestrator with code execution",
  places: (_project, home) => [join(home, ".mcp", "tasks", "tasks.db")],
  read: (path, runtime) =>
    readOldDatabase(path, runtime, ["tasks", "code_executions"], (all, has) => {
      const executions = all("SELECT * FROM code_executions ORDER BY id");
      const commits = has("git_commits") ? all("SELECT * FROM git_commits ORDER BY id") : [];
      return all("SELECT * FROM tasks ORDER BY id").map((row) => taskOf(row, executions, commits));
    }),
};

function taskOf(row: Row, executions: readonly Row[], commits: readonly Row[]): OldTask {
  const isOwn = (one: Row) => String(one["task_id"]) === String(row["id"]);
  const createdMs = timeOf(row["created_at"], 0);
  const urgency = Math.min(URGENT_MAX, Math.max(0, Math.trunc(Number(row["priority"] ?? 0)) || 0));
  return {
    id: textOf(row["id"]),
    title: textOf(row["title"]),
    description: textOf(row["description"]),
    status: STATUSES[textOf(row["status"])] ?? "pending",
    priority: PRIORITY_DEFAULT - urgency,
    tags: listIn(row["tags"]),
    language: textOf(row["code_language"]),
    needs: listIn(row["dependencies"]),
    artifacts: executions.filter(isOwn).map(executionOf),
    commits: commits.filter(isOwn).map((commit) => ({
      hash: textOf(commit["commit_hash"]),
      message: textOf(commit["commit_message"]),
      author: textOf(commit["author"]),
    })),
    createdMs,
    updatedMs: timeOf(row["completed_at"], timeOf(row["updated_at"], createdMs)),
  };
}

/** A program that ran there, as a page: it is history, and nothing that could go on here. */
function executionOf(row: Row): OldArtifact {
  const fence = (language: string, text: string) => (text === "" ? [] : [`\`\`\`\`${language}`, text, "````", ""]);
  const exit = row["exit_code"] === null ? "" : `, exit code ${row["exit_code"]}`;
  const text = [
    `# Execution ${row["id"]}: ${textOf(row["language"])}${exit}`,
    "",
    ...fence(textOf(row["language"]), textOf(row["code"])),
    ...fence("", textOf(row["output"])),
    ...fence("", textOf(row["error"])),
  ].join("\n");
  return { name: `execution ${row["id"]}`, type: "code", text };
}
