import { DatabaseSync } from "node:sqlite";

/** SQLite's code for a file that cannot be opened; on Deno the constructor's error does not carry it. */
const CANNOT_OPEN = 14;

export function openNodeSqlite(path: string, options: { readonly readOnly: boolean; readonly timeout: number }) {
  try {
    return new DatabaseSync(path, options);
  } catch (cause) {
    throw Object.assign(cause as Error, { errcode: (cause as { errcode?: unknown }).errcode ?? CANNOT_OPEN });
  }
}
