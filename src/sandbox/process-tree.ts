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
  const all = [root];
  let rssBytes = 0;
  let cpuMs = 0;
  for (let at = 0; at < all.length; at++) {
    const pid = all[at] ?? 0;
    const stat = statOf(pid);
    if (all.length < PIDS_MAX) all.push(...childrenOf(pid, stat.threads));
    if (at < ahead) continue;
    rssBytes += Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_BYTES;
    cpuMs += stat.cpuMs;
  }
  const pids = all.slice(ahead);
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

function statOf(pid: number): { cpuMs: number; threads: number } {
  // The name in brackets may hold anything.
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  // Its own time in user and system mode, then that of children that it has waited for.
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
  return { cpuMs: ticks * TICK_MS, threads: Number(fields[17] ?? 0) };
}

/** Each thread has children of its own. */
function childrenOf(pid: number, threads: number): number[] {
  const tasks = threads === 1 ? [pid] : tasksOf(pid);
  return tasks.flatMap((task) => {
    const children = read(`/proc/${pid}/task/${task}/children`).trim();
    return children === "" ? [] : children.split(" ").map(Number);
  });
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
