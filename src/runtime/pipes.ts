import { closeSync } from "node:fs";
import process from "node:process";
import type { Native } from "./native.ts";

/** pipe2, which makes both ends at once and lets no other child inherit them. */
const PIPE2 = process.arch === "x64" ? 293 : 59;
const CLOSE_ON_EXEC = 0o2000000;

export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

export function makePipe(native: Native): Pipe {
  const ends = new Int32Array(2);
  const answer = native.syscall(PIPE2, native.addressOf(new Uint8Array(ends.buffer)), CLOSE_ON_EXEC);
  const [readEnd, writeEnd] = ends;
  if (answer < 0 || readEnd === undefined || writeEnd === undefined)
    throw Object.assign(new Error(`no pipe could be made (${native.errno()})`), { code: "EMFILE" });
  return { readEnd, writeEnd };
}

export function closeEnds(ends: readonly number[]): void {
  for (const end of ends) closeSync(end);
}
