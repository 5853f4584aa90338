import { closeSync, openSync, writeSync } from "node:fs";

const PAGE_BYTES = 4_096;

/** Writes over one page of a database that nobody has open; the first is page 1. */
export function damagePage(path: string, page = 4): void {
  damageBytes(path, (page - 1) * PAGE_BYTES, PAGE_BYTES);
}

/** The first bytes say that this is a database at all. */
export function damageHeader(path: string): void {
  damageBytes(path, 0, 100);
}

export function damageBytes(path: string, at: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(file);
}
