// Task Master: a JSON file in the project, with tags that each have their tasks, and subtasks in them.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../base/json.ts";
import { IMPORT_FILE_BYTES_MAX } from "../../base/limits.ts";
import type { TaskStatus } from "../../base/transitions.ts";
import { type OldSource, type OldTask, timeOf } from "./old-work.ts";

const STATUSES: Readonly<Record<string, TaskStatus>> = {
  done: "completed",
  completed: "completed",
  cancelled: "cancelled",
  blocked: "blocked",
};
const PRIORITIES: Readonly<Record<string, number>> = { critical: 1, high: 2, medium: 5, low: 7 };
/** Words that say more than that the task is still to be done. */
const TOLD = new Set(["review", "deferred", "in-progress"]);

export const taskMaster: OldSource = {
  id: "task-master",
  name: "Task Master",
  places: (project) => [join(project, ".taskmaster", "tasks", "tasks.json"), join(project, "tasks", "tasks.json")],
  read: (path) => {
    const file = jsonOf(path);
    if (!file) return undefined;
    // The first form had the tasks at the top, the later one below the names of tags.
    const lists = Array.isArray(file["tasks"])
      ? [["", file] as const]
      : Object.entries(file).filter(
          (entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]) && Array.isArray(entry[1]["tasks"]),
        );
    if (lists.length === 0) return undefined;
    return lists.flatMap(([tag, list]) => tasksOf(tag === "master" ? "" : tag, list));
  },
};

function jsonOf(path: string): Record<string, unknown> | undefined {
  if (!path.endsWith(".json") || statSync(path).size > IMPORT_FILE_BYTES_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function tasksOf(tag: string, list: Record<string, unknown>): OldTask[] {
  const metadata = isRecord(list["metadata"]) ? list["metadata"] : {};
  const atMs = timeOf(metadata["created"], 0);
  const prefix = tag === "" ? "" : `${tag}/`;
  return recordsIn(list["tasks"]).flatMap((task) => {
    const id = `${prefix}${task["id"]}`;
    const whole = oldTask(task, { id, tag, atMs, needsOf: (need) => `${prefix}${need}` });
    const subtasks = recordsIn(task["subtasks"]).map((subtask) =>
      oldTask(subtask, {
        id: `${id}.${subtask["id"]}`,
        parent: id,
        tag,
        atMs,
        // Within a task, a number means one of its subtasks; with a dot, one of another task.
        needsOf: (need) => (String(need).includes(".") ? `${prefix}${need}` : `${id}.${need}`),
      }),
    );
    return [whole, ...subtasks];
  });
}

interface Place {
  readonly id: string;
  readonly parent?: string;
  readonly tag: string;
  readonly atMs: number;
  needsOf(need: unknown): string;
}

function oldTask(task: Record<string, unknown>, { id, parent, tag, atMs, needsOf }: Place): OldTask {
  const word = String(task["status"] ?? "pending");
  const texts = [task["description"], task["details"]].filter(
    (text): text is string => typeof text === "string" && text !== "",
  );
  const test = typeof task["testStrategy"] === "string" ? task["testStrategy"] : "";
  const needs = Array.isArray(task["dependencies"]) ? task["dependencies"] : [];
  return {
    id,
    parent,
    title: String(task["title"] ?? ""),
    description: texts.join("\n\n"),
    status: STATUSES[word] ?? "pending",
    priority: PRIORITIES[String(task["priority"])],
    tags: [...(tag === "" ? [] : [tag]), ...(TOLD.has(word) ? [word] : [])],
    needs: needs.map(needsOf),
    acceptance: test === "" ? [] : [test],
    artifacts: [],
    createdMs: atMs,
    updatedMs: timeOf(task["updatedAt"], atMs),
  };
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
