import type { TreeUse } from "../process-tree.ts";

/** What `ps` is asked for; its answer is a line for each process. */
export const PS: readonly [string, ...string[]] = ["/bin/ps", "-axo", "pid=,ppid=,pgid=,rss=,time="];

/** A program and all of its group, as `ps` tells: there is no /proc on macOS. */
export function treeUseOf(listing: string, root: number): TreeUse {
  const rows = listing.split("\n").flatMap((line) => {
    const [pid, parent, group, kib, time] = line.trim().split(/\s+/);
    return time === undefined
      ? []
      : [
          {
            pid: Number(pid),
            parent: Number(parent),
            group: Number(group),
            kib: Number(kib),
            cpuMs: milliseconds(time),
          },
        ];
  });
  const inside = new Set(rows.filter(({ pid, group }) => pid === root || group === root).map(({ pid }) => pid));
  // Whoever has left the group is still found by its parent.
  for (let before = 0; before !== inside.size; ) {
    before = inside.size;
    for (const { pid, parent } of rows) if (inside.has(parent)) inside.add(pid);
  }
  const own = rows.filter(({ pid }) => inside.has(pid));
  return {
    processes: own.length,
    rssBytes: own.reduce((sum, { kib }) => sum + kib * 1024, 0),
    cpuMs: own.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    pids: own.map(({ pid }) => pid),
  };
}

/** "1:02.50", "01:02:03" or "2-01:02:03". */
function milliseconds(time: string): number {
  const [, days = "0", clock = time] = /^(?:(\d+)-)?(.*)$/.exec(time) ?? [];
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1_000);
}
