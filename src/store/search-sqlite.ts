// Words in FTS5. The workspace and the kind are words too, in a column of their own: what other workspaces hold is
// never ranked, and not even looked at.
import { SEARCH_CANDIDATES_MAX } from "../base/limits.ts";
import type { SearchEntry, SearchScope } from "./search-entry.ts";
import type { SearchTerm } from "./search-words.ts";
import { type Part, run, type Statement } from "./sql.ts";

/** The weights are those of scope, title and body. */
const RANKED = `SELECT e.subject
  FROM (
    SELECT rowid AS seq, bm25(search_text, 0, 10, 1) AS score FROM search_text
    WHERE search_text MATCH ?1 ORDER BY rowid DESC LIMIT ?2
  ) f
  JOIN search_entry e ON e.seq = f.seq
  WHERE e.kind = ?3 AND e.workspace_id = ?4
  ORDER BY f.score, f.seq DESC LIMIT ?5`;

export const sqliteSearch = {
  *insert(entry: SearchEntry): Part<void> {
    const { subject, kind, workspace_id, task_id, digest, title, body } = entry;
    const [made] = yield* run<{ seq: number }>(
      `INSERT INTO search_entry (subject, kind, workspace_id, task_id, digest) VALUES (?1, ?2, ?3, ?4, ?5)
       RETURNING seq`,
      [subject, kind, workspace_id, task_id, digest],
    );
    yield* run("INSERT INTO search_text (rowid, scope, title, body) VALUES (?1, ?2, ?3, ?4)", [
      made?.seq ?? null,
      scopeWord(entry),
      title.join(" "),
      body.join(" "),
    ]);
  },

  ranked(scope: SearchScope, terms: readonly SearchTerm[], where: "title" | "anywhere", rowsMax: number): Statement {
    const columns = where === "title" ? "title" : "{title body}";
    const match = `scope : "${scopeWord(scope)}" AND ${columns} : (${terms.map(phrase).join(" AND ")})`;
    return { text: RANKED, values: [match, SEARCH_CANDIDATES_MAX, scope.kind, scope.workspace_id, rowsMax] };
  },
};

/** One word for the tokenizer; that two workspaces share it is never so, and would only cost time. */
function scopeWord({ kind, workspace_id }: SearchScope): string {
  return `${kind}${workspace_id.replace(/[^A-Za-z0-9]/g, "")}`;
}

/** Words hold letters and digits only: nothing in them ends the quotes. */
function phrase({ words, isPrefix }: SearchTerm): string {
  return `"${words.join(" ")}"${isPrefix ? "*" : ""}`;
}
