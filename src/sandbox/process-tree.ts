// A program and all that it started, as /proc shows them. Whoever loses its parent becomes a child of the first
// process, so the tree is complete as long as that one lives.
import { readdirSync, readFileSync } from "node:fs";

export interface TreeUse {
  readonly processes: number;
  /** Shared pages are counted in each process that has them. */
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly pids: readonly number[];
}

const PAGE_BYTES = 4_096;
/** The kernel counts time in hundredths of a second for those who read it in /proc. */
const TICK_MS = 10;
/** More are not looked at one by one: the limit of processes has ended the program long before. */
const PIDS_MAX = 2_000;

/** The first `ahead` of them, each the only child of the one before, are ours: what they use is not the program's. */
export function treeUse(root: number, ahead: number): TreeUse {
  const pids = treeOf(root).slice(ahead);
  let rssBytes = 0;
  let cpuMs = 0;
  for (const pid of pids) {
    rssBytes += Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_BYTES;
    // The name in brackets may hold anything.
    const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    // Its own time in user and system mode, then that of children that it has waited for.
    for (const at of [11, 12, 13, 14]) cpuMs += Number(fields[at] ?? 0) * TICK_MS;
  }
  return { processes: pids.length, rssBytes, cpuMs, pids };
}

/** What the tree really takes: shared pages count once. Slower; undefined where it may not be read. */
export function treePssBytes(pids: readonly number[]): number | undefined {
  let total = 0;
  for (const pid of pids) {
    const kib = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
    if (kib !== undefined) total += Number(kib) * 1024;
  }
  return total === 0 ? undefined : total;
}

function treeOf(root: number): number[] {
  const pids = [root];
  for (let at = 0; at < pids.length && pids.length < PIDS_MAX; at++) {
    for (const task of tasksOf(pids[at] ?? 0)) {
      const children = read(`/proc/${pids[at]}/task/${task}/children`).trim();
      if (children !== "") pids.push(...children.split(" ").map(Number));
    }
  }
  return pids;
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has just ended.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
