import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";

const BLOCK_BYTES = 4_096;

/** F: blocks a second that are appended and synced one after the other, which is what the disk can promise at all. */
export function appendRate(path: string, forMs: number): number {
  const file = openSync(path, "a");
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const started = performance.now();
  let done = 0;
  while (performance.now() - started < forMs) {
    writeSync(file, block);
    fdatasyncSync(file);
    done++;
  }
  const seconds = (performance.now() - started) / 1_000;
  closeSync(file);
  return done / seconds;
}
