import { SEARCH_FOUND_MAX } from "../base/limits.ts";
import type { SearchIndex } from "../store/search.ts";
import type { Workspaces } from "./workspaces.ts";

export interface Found {
  /** The best first. */
  readonly ids: readonly string[];
  /** The newest changes could not be searched yet. */
  readonly isBehind: boolean;
}

/** Finds what a workspace holds by its words. */
export class WordSearch {
  readonly #index: SearchIndex;
  readonly #workspaces: Workspaces;

  constructor(index: SearchIndex, workspaces: Workspaces) {
    this.#index = index;
    this.#workspaces = workspaces;
  }

  /** All that a filter may still choose from. */
  async find(path: string, kind: "task" | "session" | "artifact", text: string): Promise<Found> {
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { ids: [], isBehind: false };
    const { hits, isBehind } = await this.#index.find({
      workspace_id: workspace.id,
      kind,
      text,
      limit: SEARCH_FOUND_MAX,
    });
    return { ids: hits.map(({ subject }) => subject), isBehind };
  }
}
