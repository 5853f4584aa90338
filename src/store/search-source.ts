// What can be found, as it stands in its tables: tasks that are not deleted, sessions, and of each artifact the newest
// version while its task is not deleted.
import { SEARCH_TEXT_CHARS_MAX } from "../base/limits.ts";
import type { Row, Sql } from "./sql.ts";

export const SEARCH_KINDS = ["session", "task", "artifact"] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

export interface SearchSource {
  readonly subject: string;
  readonly kind: SearchKind;
  readonly workspace_id: string;
  /** The task that it is, or that it belongs to. */
  readonly task_id: string | null;
  readonly title: string;
  readonly body: string;
}

/** The bytes that this many characters take at most: above three, UTF-8 holds two of them. */
const BYTES_PER_CHAR_MAX = 3;

const TEXT_MIME =
  /^(text\/|image\/svg\+xml|application\/(?:[\w.-]+\+)?(?:json5?|jsonl|x-ndjson|xml|yaml|x-yaml|toml|sql|graphql|javascript|ecmascript|typescript|x-sh|x-python)(?:;|$))/i;

const READS: Record<SearchKind, string> = {
  session: "SELECT id, workspace_id, title FROM session WHERE id IN ({each 1})",
  task: `SELECT id, workspace_id, title, description, summary, note, tags, role FROM task
    WHERE id IN ({each 1}) AND archived_ms IS NULL`,
  artifact: `SELECT a.id, a.workspace_id, a.task_id, a.title, a.name, a.files, a.mime,
      substr(c.bytes, 1, CAST(?2 AS INTEGER)) AS bytes
    FROM artifact a
    JOIN task t ON t.id = a.task_id
    JOIN content c ON c.hash = a.hash
    WHERE a.id IN ({each 1}) AND t.archived_ms IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM artifact n WHERE n.task_id = a.task_id AND n.name = a.name AND n.version > a.version)`,
};

/** What kind of thing an id is of; undefined when it is one that no search finds. */
export function searchKind(subject: string): SearchKind | undefined {
  return SEARCH_KINDS.find((kind) => subject.startsWith(`${kind}_`));
}

/** Those of these ids that can be found, in no order. */
export async function readSources(sql: Sql, subjects: readonly string[]): Promise<SearchSource[]> {
  const sources: SearchSource[] = [];
  for (const [kind, ids] of Map.groupBy(subjects, searchKind)) {
    if (kind === undefined) continue;
    const values = kind === "artifact" ? [SEARCH_TEXT_CHARS_MAX * BYTES_PER_CHAR_MAX] : [];
    const rows = await sql.all<Row>(READS[kind], [JSON.stringify(ids), ...values]);
    sources.push(...rows.map((row) => toSource(kind, row)));
  }
  return sources;
}

function toSource(kind: SearchKind, row: Row): SearchSource {
  const text = (...columns: string[]) =>
    columns
      .map((column) => String(row[column] ?? ""))
      .filter((part) => part !== "" && part !== "[]")
      .join("\n");
  const common = { subject: text("id"), kind, workspace_id: text("workspace_id") };
  if (kind === "session") return { ...common, task_id: null, title: text("title"), body: "" };
  if (kind === "task") {
    const body = text("description", "summary", "note", "tags", "role");
    return { ...common, task_id: text("id"), title: text("title"), body };
  }
  const body = [textIn(row), text("files")].filter((part) => part !== "").join("\n");
  return { ...common, task_id: text("task_id"), title: text("title", "name"), body };
}

function textIn({ mime, bytes }: Row): string {
  if (!TEXT_MIME.test(String(mime)) || !(bytes instanceof Uint8Array)) return "";
  return new TextDecoder().decode(bytes).slice(0, SEARCH_TEXT_CHARS_MAX);
}
