// Brings old work into a project as rows of an export, which come in all or not at all. Invariant: a task has the same id
// here each time, by where it came from, so that what is here already is left as it is.
import { createHash } from "node:crypto";
import { digest } from "../../base/ids.ts";
import { wellFormed } from "../../base/json.ts";
import {
  ACCEPTANCE_CHARS_MAX,
  ACCEPTANCE_MAX,
  ATTEMPTS_MAX,
  DESCRIPTION_CHARS_MAX,
  EXPORT_LINE_BYTES_MAX,
  PRIORITY_DEFAULT,
  SUMMARY_CHARS_MAX,
  TAGS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../../base/limits.ts";
import { clip } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { Part, Sql } from "../../store/sql.ts";
import { insertNeeds, type Need, readKnownTasks } from "../../store/tasks.ts";
import { setParent } from "../../store/workspace-rows.ts";
import type { WorkspaceRow } from "../../store/workspaces.ts";
import { importWorkspace } from "../transfer/workspace-import.ts";
import { COUNTED, FORMAT, type Line, noCounts } from "../transfer/workspace-line.ts";
import type { OldArtifact, OldSource, OldTask } from "./old-work.ts";

export interface ImportOptions {
  readonly sql: Sql;
  readonly workspace: WorkspaceRow;
  readonly source: OldSource;
  /** The file that the tasks were read from. */
  readonly path: string;
  readonly isDryRun: boolean;
  readonly now: number;
}

export interface ImportedWork extends Record<string, unknown> {
  readonly tasks: number;
  readonly needs: number;
  readonly artifacts: number;
  readonly commits: number;
  /** Tasks that are here already. */
  readonly known: number;
  /** Needs whose other task is not in the file. */
  readonly dropped_needs: number;
}

export async function importWork(tasks: readonly OldTask[], options: ImportOptions): Promise<ImportedWork> {
  const ids = new Map(tasks.map(({ id }) => [id, idFor("task", options, id)]));
  const known = await readKnownTasks(options.sql, [...ids.values()]);
  const isNew = ({ id }: OldTask) => !known.has(ids.get(id) ?? "");
  const lines = new Lines(options, ids, known);
  for (const task of tasks.filter(isNew)) lines.add(task);
  const counts = {
    tasks: lines.tasks.length,
    needs: lines.edges,
    artifacts: lines.artifacts,
    commits: lines.commits.length,
  };
  if (!options.isDryRun && counts.tasks > 0)
    await importWorkspace(
      options.sql,
      () => lines.all(),
      options.now,
      () => lines.links(),
    );
  return { ...counts, known: known.size, dropped_needs: lines.dropped };
}

/** The id that a task of this file has here. */
export function idFor(
  noun: "task" | "artifact",
  { source, path }: Pick<ImportOptions, "source" | "path">,
  id: string,
): string {
  return `${noun}_${digest(JSON.stringify([source.id, path, id])).slice(0, ID_DIGITS)}`;
}

const ID_DIGITS = 12;

class Lines {
  readonly #options: ImportOptions;
  readonly #ids: ReadonlyMap<string, string>;
  /** Tasks that are here already: what refers to them cannot stand in an export that stands for itself. */
  readonly #known: ReadonlySet<string>;
  readonly #parents: { readonly id: string; readonly parent: string }[] = [];
  readonly #edges: Need[] = [];
  readonly tasks: Line[] = [];
  readonly needs: Line[] = [];
  readonly commits: Line[] = [];
  readonly #kept: Line[] = [];
  readonly #hashes = new Set<string>();
  artifacts = 0;
  dropped = 0;

  constructor(options: ImportOptions, ids: ReadonlyMap<string, string>, known: ReadonlySet<string>) {
    this.#options = options;
    this.#ids = ids;
    this.#known = known;
  }

  add(task: OldTask): void {
    const id = this.#ids.get(task.id) ?? "";
    const parent = this.#ids.get(task.parent ?? "");
    const isLater = parent !== undefined && this.#known.has(parent);
    if (isLater) this.#parents.push({ id, parent });
    this.tasks.push(taskLine(task, id, isLater ? null : (parent ?? null), this.#options.now));
    for (const need of new Set(task.needs)) this.#need(id, this.#ids.get(need));
    const versions = new Map<string, number>();
    for (const artifact of task.artifacts) this.#keep(task, id, artifact, versions);
    for (const { hash, message, author } of uniqueBy(task.commits ?? [], ({ hash }) => hash)) {
      if (hash === "") continue;
      this.commits.push({
        kind: "commit",
        task_id: id,
        hash: clip(hash, WORD_CHARS_MAX),
        message: clip(message, SUMMARY_CHARS_MAX),
        author: clip(author, TITLE_CHARS_MAX),
        linked_ms: task.updatedMs,
      });
    }
  }

  #need(task_id: string, needs_id: string | undefined): void {
    if (needs_id === undefined || needs_id === task_id) this.dropped += 1;
    else if (this.#known.has(needs_id)) this.#edges.push({ task_id, needs_id, kind: "completion", waived: null });
    else this.needs.push({ kind: "need", task_id, needs_id, need_kind: "completion", waived: null });
  }

  #keep(task: OldTask, taskId: string, { name, type, text }: OldArtifact, versions: Map<string, number>): void {
    const bytes = Buffer.from(wellFormed(text));
    if (bytes.length === 0) return;
    const hash = createHash("sha256").update(bytes).digest("hex");
    const shown = clip(name, TITLE_CHARS_MAX);
    const version = (versions.get(shown) ?? 0) + 1;
    versions.set(shown, version);
    const at = { size_bytes: bytes.length, created_ms: task.updatedMs };
    if (!this.#hashes.has(hash)) {
      this.#hashes.add(hash);
      this.#kept.push({ kind: "content", hash, ...at }, ...chunks(bytes.toString(), hash));
    }
    this.#kept.push({
      kind: "artifact",
      id: idFor("artifact", this.#options, `${task.id}/${shown}/${version}`),
      task_id: taskId,
      name: shown,
      version,
      type,
      mime: "text/markdown",
      title: shown,
      files: [],
      hash,
      ...at,
    });
    this.artifacts += 1;
  }

  get edges(): number {
    return this.needs.length + this.#edges.length;
  }

  /** What leads to tasks that were here before. */
  *links(): Part<void> {
    for (const { id, parent } of this.#parents) yield* setParent(id, parent);
    if (this.#edges.length > 0) yield* insertNeeds(this.#edges);
  }

  /** The rows of an export, in its order. */
  *all(): Generator<string> {
    const { workspace, now } = this.#options;
    const { id, path, created_ms } = workspace;
    yield JSON.stringify({ kind: "cadre-export", format: FORMAT, cadre: VERSION, exported_ms: now });
    const rows: Line[] = [
      { kind: "workspace", id, path, created_ms },
      ...this.tasks,
      ...this.needs,
      ...this.#kept,
      ...this.commits,
    ];
    const counts = noCounts();
    for (const row of rows) {
      yield JSON.stringify(row);
      const counted = COUNTED[row.kind as keyof typeof COUNTED] as keyof typeof counts | undefined;
      if (counted) counts[counted] += 1;
    }
    yield JSON.stringify({ kind: "end", ...counts });
  }
}

/** Pieces of a text that each fit into a line, whatever signs they are. */
function chunks(text: string, hash: string): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < text.length; ) {
    const end = Math.min(text.length, at + CHUNK_CHARS);
    // A sign of two halves stays whole.
    const isBetween = /[\ud800-\udbff]/.test(text[end - 1] ?? "") && end < text.length;
    const next = isBetween ? end - 1 : end;
    lines.push({ kind: "chunk", hash, encoding: "utf-8", data: text.slice(at, next) });
    at = next;
  }
  return lines;
}

const CHUNK_CHARS = Math.floor(EXPORT_LINE_BYTES_MAX / 8);

function taskLine(task: OldTask, id: string, parent: string | null, now: number): Line {
  const created = task.createdMs || now;
  return wellFormed({
    kind: "task",
    id,
    title: clip(oneLine(task.title) || oneLine(task.description) || `task ${task.id}`, TITLE_CHARS_MAX),
    description: clip(task.description, DESCRIPTION_CHARS_MAX),
    status: task.status,
    role: clip(task.role ?? "", WORD_CHARS_MAX),
    priority: task.priority ?? PRIORITY_DEFAULT,
    tags: [
      ...new Set((task.tags ?? []).map((tag) => clip(tag.trim(), WORD_CHARS_MAX)).filter((tag) => tag !== "")),
    ].slice(0, TAGS_MAX),
    environment: "",
    language: clip(task.language ?? "", WORD_CHARS_MAX),
    revision: 1,
    created_ms: created,
    updated_ms: Math.max(created, task.updatedMs),
    archived_ms: null,
    session_id: null,
    parent_id: parent,
    complexity: task.complexity ?? "moderate",
    effort: clip(task.effort ?? "", WORD_CHARS_MAX),
    worker: "client",
    acceptance: (task.acceptance ?? []).map((one) => clip(one, ACCEPTANCE_CHARS_MAX)).slice(0, ACCEPTANCE_MAX),
    summary: clip(task.summary ?? "", SUMMARY_CHARS_MAX),
    note: clip(task.note ?? "", SUMMARY_CHARS_MAX),
    attempts: 0,
    attempts_max: ATTEMPTS_MAX,
    ready_ms: 0,
  } satisfies Line);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function uniqueBy<T>(list: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}
