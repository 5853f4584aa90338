// What setup did to which file: enough to take it back, byte by byte where nobody else wrote since.
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { readPrivateFile, writePrivateFile } from "../config/private-file.ts";

/** One edit of one file. */
export const LedgerEdit = z.object({
  time_ms: z.number(),
  client: z.string(),
  action: z.enum(["add", "update", "replace", "remove"]),
  scope: z.enum(["user", "project"]),
  /** As the client names it; what it links to is in `path`. */
  file: z.string(),
  path: z.string(),
  name: z.string(),
  /** The command line, or the address, that was written; empty where the entry was taken away. */
  command: z.array(z.string()),
  sha_before: z.string().nullable(),
  sha_after: z.string(),
  /** A copy of the file before; null when there was none. */
  backup: z.string().nullable(),
  removed: z.string(),
  inserted: z.string(),
  /** Folders that were made for the file. */
  folders: z.array(z.string()),
  version: z.string(),
});
export type LedgerEdit = z.infer<typeof LedgerEdit>;

const File = z.object({ version: z.literal(1), edits: z.array(LedgerEdit) });

export class Ledger {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "ledger.json");
  }

  /** The oldest first. */
  edits(): readonly LedgerEdit[] {
    const text = readPrivateFile(this.#path);
    if (text === undefined) return [];
    try {
      return File.parse(JSON.parse(text)).edits;
    } catch (cause) {
      throw new AppError("damaged", `cannot read what setup has done: ${this.#path} is not what cadre writes`, {
        hint: "The copies of the clients' files lie beside it, in backups. Move it away, and setup begins a new one.",
        cause,
      });
    }
  }

  add(edit: LedgerEdit): void {
    this.#write([...this.edits(), edit]);
  }

  /** What was taken back is forgotten. */
  forget(edit: LedgerEdit): void {
    const key = JSON.stringify(edit);
    this.#write(this.edits().filter((one) => JSON.stringify(one) !== key));
  }

  #write(edits: readonly LedgerEdit[]): void {
    writePrivateFile(this.#path, `${JSON.stringify({ version: 1, edits }, null, 2)}\n`);
  }
}
