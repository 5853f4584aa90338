import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { counting, ended, openRunPeer } from "../run-peer.ts";

const WRITERS = 256;
const STEPS = 40;
const ROUNDS = 3;
const TICK_MS = 1;
const SYNCS = 1_000;
const LEAST_MS = 10;

/** How long the loop of a process stands still while it works on as many runs as it may, and more are started. */
export async function stall(bench: Bench): Promise<Row[]> {
  const { cwd } = bench.place();
  const peer = await openRunPeer(join(cwd, "cadre.db"), join(cwd, "processes"));
  peer.worker.start();
  const late: number[] = [];
  const syncs = syncTimes(join(cwd, "blocks"));
  for (let round = 0; round < ROUNDS; round++) {
    const stop = tick(late);
    const started = Array.from({ length: WRITERS }, async () => (await peer.runs.start(counting, STEPS)).id);
    for (const id of await Promise.all(started)) await ended(peer, id);
    stop();
    syncs.push(...syncTimes(join(cwd, "blocks")));
  }
  await peer.close();
  const sync = percentile(syncs, 99);
  return [
    {
      figure: `the event loop stands still, p99, with ${WRITERS} runs that write`,
      unit: "ms",
      ours: percentile(late, 99),
      floor: { name: "p99 of an fdatasync", value: sync },
      target: { of: "ours", kind: "at most", bound: Math.max(LEAST_MS, Math.round(3 * sync)) },
      note: `How late a timer of ${TICK_MS} ms is; ${late.length} of them, the worst ${Math.max(...late).toFixed(1)} ms. Wanted: 10 ms, or three times the fdatasync where that is more.`,
    },
  ];
}

/** Notes how late each tick is. */
function tick(late: number[]): () => void {
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - before - TICK_MS));
    before = now;
  }, TICK_MS);
  return () => clearInterval(timer);
}

function syncTimes(path: string): number[] {
  const file = openSync(path, "a");
  const block = Buffer.alloc(4_096, 1);
  const times = Array.from({ length: SYNCS }, () => {
    const started = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  return times;
}
