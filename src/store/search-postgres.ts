// Words as a tsvector that is put together here: PostgreSQL's own parser would take paths, addresses and numbers with
// a point for one word each, and would read letters by the locale of the server. The workspace and the kind are a
// lexeme too, and the words of a title stand a second time under a name of their own: the index knows no weights.
import { SEARCH_CANDIDATES_MAX } from "../base/limits.ts";
import type { SearchEntry, SearchScope } from "./search-entry.ts";
import type { SearchTerm } from "./search-words.ts";
import { type Part, run, type Statement } from "./sql.ts";

/**
 * Only the index is fit to find words: reading all rows costs what the planner does not count, unpacking their words.
 * So it must not know what is looked for, which could be a word that is everywhere (the inner SELECT), nor that
 * another index has the order (+ 0). The last number of the rank means that a long text counts less.
 */
const RANKED = `SELECT subject
  FROM (
    SELECT seq, subject, words FROM search_entry
    WHERE words @@ (SELECT CAST(?1 AS TSQUERY)) ORDER BY seq + 0 DESC LIMIT ?2
  ) f
  ORDER BY ts_rank(CAST('{0, 0, 0.1, 1}' AS REAL[]), words, CAST(?3 AS TSQUERY), 1) DESC, seq DESC LIMIT ?4`;

/** What a tsvector can hold: a place above it counts as the last one, and of one word no more are kept. */
const PLACE_MAX = 16_383;
const PLACES_PER_WORD_MAX = 255;
/** Between title and body, so that no row of words reaches from one into the other. */
const GAP = 2;
const IN_TITLE = "title/";

export const postgresSearch = {
  *insert(entry: SearchEntry): Part<void> {
    const { subject, kind, workspace_id, task_id, digest } = entry;
    yield* run(
      `INSERT INTO search_entry (subject, kind, workspace_id, task_id, digest, words)
       VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS TSVECTOR))`,
      [subject, kind, workspace_id, task_id, digest, vector(entry)],
    );
  },

  ranked(scope: SearchScope, terms: readonly SearchTerm[], where: "title" | "anywhere", rowsMax: number): Statement {
    const found = terms.map((term) => phrase(term, where === "title" ? IN_TITLE : "")).join(" & ");
    const rank = terms.map((term) => phrase(term, "")).join(" & ");
    return {
      text: RANKED,
      values: [`${scopeLexeme(scope)} & ${found}`, SEARCH_CANDIDATES_MAX, rank, rowsMax],
    };
  },
};

function vector(entry: SearchEntry): string {
  const places = new Map<string, string[]>();
  const put = (word: string, place: number, weight: string) => {
    const known = places.get(word) ?? [];
    if (place <= PLACE_MAX && known.length < PLACES_PER_WORD_MAX) known.push(`${place}${weight}`);
    places.set(word, known);
  };
  for (const [at, word] of entry.title.entries()) {
    put(word, at + 1, "A");
    put(`${IN_TITLE}${word}`, at + 1, "A");
  }
  for (const [at, word] of entry.body.entries()) put(word, entry.title.length + GAP + at, "B");
  const lexemes = Array.from(places, ([word, at]) => (at.length > 0 ? `'${word}':${at.join(",")}` : `'${word}'`));
  return [scopeLexeme(entry), ...lexemes].join(" ");
}

/** No word has a slash in it. */
function scopeLexeme({ kind, workspace_id }: SearchScope): string {
  return `'${kind}/${workspace_id.replace(/['\\]/g, "$&$&")}'`;
}

/** Words hold letters and digits only: nothing in them ends the quotes. */
function phrase({ words, isPrefix }: SearchTerm, prefix: string): string {
  const lexemes = words.map((word) => `'${prefix}${word}'`).join(" <-> ");
  return `(${lexemes}${isPrefix ? ":*" : ""})`;
}
