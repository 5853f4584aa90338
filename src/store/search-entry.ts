import { digest } from "../base/ids.ts";
import type { SearchSource } from "./search-source.ts";
import { wordsOf } from "./search-words.ts";

/** What the index holds of one thing. */
export interface SearchEntry extends Pick<SearchSource, "subject" | "kind" | "workspace_id" | "task_id"> {
  readonly title: readonly string[];
  readonly body: readonly string[];
  /** Of all this: an entry with the same is the same. */
  readonly digest: string;
}

/** Where a search looks. */
export type SearchScope = Pick<SearchSource, "kind" | "workspace_id">;

export function toEntry({ subject, kind, workspace_id, task_id, ...source }: SearchSource): SearchEntry {
  const [title, body] = [wordsOf(source.title), wordsOf(source.body)];
  return {
    subject,
    kind,
    workspace_id,
    task_id,
    title,
    body,
    digest: digest(JSON.stringify([workspace_id, task_id, title.join(" "), body.join(" ")])),
  };
}
