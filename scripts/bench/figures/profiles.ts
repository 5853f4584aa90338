import { median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";
import { draft } from "../tasks.ts";

const PRESENT = 20_000;
const LANES = 64;
const PAGES = 200;
const PROFILES = ["default", "fast", "small"] as const;

/** What --profile trades: memory for time, never durability. One database with many tasks, opened with each. */
export async function profiles(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const path = await bench.program("cadre");
  await using writer = new StdioPeer({ path, ...place });
  await writer.greet();
  let next = 0;
  const lane = async () => {
    while (next < PRESENT) await writer.call("task_create", draft(next++));
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  const rows: Row[] = [];
  for (const profile of PROFILES) {
    await using peer = new StdioPeer({ path, args: ["--profile", profile], ...place });
    await peer.greet();
    const times: number[] = [];
    for (let done = 0; done < PAGES; done++) {
      const started = performance.now();
      await peer.call("task_list", {});
      times.push(performance.now() - started);
    }
    const note = "The first page counts all of them; the memory after it is in the next row.";
    rows.push({
      figure: `page, ${PRESENT.toLocaleString("en-US")} present, profile ${profile}, p50`,
      unit: "ms",
      ours: median(times),
      note,
    });
    const rss = peer.rssMiB();
    if (rss !== undefined) rows.push({ figure: `memory after it, profile ${profile}`, unit: "MiB", ours: rss });
  }
  return rows;
}
