// The Python MCP Task Orchestrator, in both of its forms: plans with subtasks, and the later generic tasks.
import { dirname, join } from "node:path";
import { ARTIFACT_TYPES, COMPLEXITIES } from "../../base/kinds.ts";
import type { TaskStatus } from "../../base/transitions.ts";
import type { Row } from "../../runtime/runtime.ts";
import { readOldDatabase, textOf } from "./old-database.ts";
import { listIn, type OldArtifact, type OldSource, type OldTask, timeOf } from "./old-work.ts";

type All = (sql: string) => Row[];

export const taskOrchestrator: OldSource = {
  id: "task-orchestrator",
  name: "MCP Task Orchestrator",
  places: (project) => [
    join(project, ".task_orchestrator", "task_orchestrator.db"),
    join(project, ".task_orchestrator", "orchestrator.db"),
    join(project, "task_orchestrator.db"),
  ],
  artifactFolder: (path) => join(dirname(path), "artifacts"),
  read: (path, runtime) =>
    readOldDatabase(path, runtime, ["generic_tasks"], (all, has) => genericTasks(all, has)) ??
    readOldDatabase(path, runtime, ["task_breakdowns", "subtasks"], (all) => plans(all)),
};

/** What was under way there has no holder here: it is free again. */
const STATUSES: Readonly<Record<string, TaskStatus>> = {
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  archived: "cancelled",
  blocked: "blocked",
};

function statusOf(value: unknown): TaskStatus {
  return STATUSES[textOf(value).toLowerCase()] ?? "pending";
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | undefined {
  return words.find((word) => word === textOf(value).toLowerCase());
}

function plans(all: All): OldTask[] {
  const subtasks = all("SELECT * FROM subtasks ORDER BY created_at, task_id");
  const breakdowns = all("SELECT * FROM task_breakdowns ORDER BY created_at, parent_task_id");
  return [
    ...breakdowns.map((row): OldTask => {
      const own = subtasks.filter(({ parent_task_id: parent }) => parent === row["parent_task_id"]);
      const isOver = own.length > 0 && own.every(({ status }) => ["completed", "cancelled"].includes(statusOf(status)));
      const description = textOf(row["description"]);
      const createdMs = timeOf(row["created_at"], 0);
      return {
        id: textOf(row["parent_task_id"]),
        title: description.split("\n")[0] ?? "",
        description: [description, textOf(row["context"])].filter(Boolean).join("\n\n"),
        status: isOver ? "completed" : "pending",
        complexity: oneOf(COMPLEXITIES, row["complexity"]),
        needs: [],
        artifacts: [],
        createdMs,
        updatedMs: createdMs,
      };
    }),
    ...subtasks.map((row): OldTask => {
      const createdMs = timeOf(row["created_at"], 0);
      return {
        id: textOf(row["task_id"]),
        parent: textOf(row["parent_task_id"]),
        title: textOf(row["title"]),
        description: textOf(row["description"]),
        status: statusOf(row["status"]),
        role: textOf(row["specialist_type"]),
        effort: textOf(row["estimated_effort"]),
        needs: listIn(row["dependencies"]),
        summary: textOf(row["results"]),
        artifacts: resultOf(row["results"]),
        createdMs,
        updatedMs: timeOf(row["completed_at"], createdMs),
      };
    }),
  ];
}

function genericTasks(all: All, has: (table: string) => boolean): OldTask[] {
  const needs = has("task_dependencies")
    ? all("SELECT dependent_task_id, prerequisite_task_id FROM task_dependencies ORDER BY dependency_id")
    : [];
  const artifacts = has("task_artifacts")
    ? all("SELECT * FROM task_artifacts WHERE content IS NOT NULL ORDER BY created_at")
    : [];
  return all("SELECT * FROM generic_tasks WHERE deleted_at IS NULL ORDER BY hierarchy_level, created_at, task_id").map(
    (row): OldTask => {
      const id = textOf(row["task_id"]);
      const createdMs = timeOf(row["created_at"], 0);
      return {
        id,
        parent: textOf(row["parent_task_id"]) || undefined,
        title: textOf(row["title"]),
        description: textOf(row["description"]),
        status: statusOf(row["status"]),
        role: textOf(row["specialist_type"]),
        complexity: oneOf(COMPLEXITIES, row["complexity"]),
        effort: textOf(row["estimated_effort"]),
        needs: needs
          .filter((need) => need["dependent_task_id"] === id)
          .map((need) => textOf(need["prerequisite_task_id"])),
        summary: textOf(row["summary"]) || textOf(row["results"]),
        artifacts: [
          ...resultOf(row["results"]),
          ...artifacts.filter((artifact) => artifact["task_id"] === id).map(artifactOf),
        ],
        createdMs,
        updatedMs: timeOf(row["updated_at"], createdMs),
      };
    },
  );
}

function resultOf(results: unknown): OldArtifact[] {
  const text = textOf(results);
  return text.trim() === "" ? [] : [{ name: "result", type: "general", text }];
}

function artifactOf(row: Row): OldArtifact {
  const type = oneOf(ARTIFACT_TYPES, row["artifact_type"]) ?? "general";
  return { name: textOf(row["artifact_name"]) || textOf(row["artifact_id"]), type, text: textOf(row["content"]) };
}
