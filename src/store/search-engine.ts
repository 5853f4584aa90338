import type { SearchEntry, SearchScope } from "./search-entry.ts";
import { postgresSearch } from "./search-postgres.ts";
import { sqliteSearch } from "./search-sqlite.ts";
import type { SearchTerm } from "./search-words.ts";
import type { Dialect, Part, Statement } from "./sql.ts";

/** How one engine keeps words and finds them. */
export interface SearchEngine {
  insert(entry: SearchEntry): Part<void>;
  /**
   * Finds where all terms are, best first, as rows with a `subject`. Of what has them the newest SEARCH_CANDIDATES_MAX
   * are ranked: a word that is everywhere must not cost more the longer a project lives.
   */
  ranked(scope: SearchScope, terms: readonly SearchTerm[], where: "title" | "anywhere", rowsMax: number): Statement;
}

export const SEARCH_ENGINES: Readonly<Record<Dialect, SearchEngine>> = {
  sqlite: sqliteSearch,
  postgres: postgresSearch,
};
