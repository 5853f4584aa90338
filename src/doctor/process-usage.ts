import { readFileSync } from "node:fs";
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import type { Host } from "../runtime/runtime.ts";

export interface Usage {
  /** Of the processor, since the process began. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** What Linux counts processor time in; the same on every machine that Bun runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;
const ASK_MS = 1_000;

/** Undefined when the process is gone, or the system does not say. */
export async function processUsage(
  pid: number,
  { host, clock }: { readonly host: Pick<Host, "platform" | "run">; readonly clock: Clock },
): Promise<Usage | undefined> {
  try {
    if (host.platform === "linux") return fromProc(pid);
    using alarm = setAlarm(clock, ASK_MS);
    const { stdout } = await host.run(["ps", "-o", "rss=,time=", "-p", String(pid)], { signal: alarm.signal });
    return fromPs(stdout);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): Usage {
  // The name of the program stands in brackets, and may hold whatever it likes.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return { cpuMs: (ticks / TICKS_PER_SECOND) * 1_000, rssBytes: pages * PAGE_BYTES };
}

/** ` 12345   0:01.23` */
export function fromPs(text: string): Usage | undefined {
  const match = /^\s*(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)/.exec(text);
  if (!match) return undefined;
  const [, kib, days = 0, hours = 0, minutes, seconds] = match;
  const total = Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return { cpuMs: Math.round(total * 1_000), rssBytes: Number(kib) * 1_024 };
}
