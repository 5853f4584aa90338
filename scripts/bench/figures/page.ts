import { median, percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";
import { fill } from "../tasks.ts";

const FIRST_PAGES = 300;
const CHARS_PER_TOKEN = 4;

/** task_list with a thousand tasks present: the first page, which also counts, and the weight of every page. */
export async function page(bench: Bench): Promise<Row[]> {
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...bench.place() });
  await peer.greet();
  await fill(peer);
  const chars: number[] = [];
  let cursor: string | undefined;
  do {
    const text = await peer.call("task_list", cursor === undefined ? {} : { cursor });
    chars.push(text.length);
    cursor = (JSON.parse(text) as { cursor?: string }).cursor;
  } while (cursor !== undefined);

  const times: number[] = [];
  for (let done = 0; done < FIRST_PAGES; done++) {
    const started = performance.now();
    await peer.call("task_list", {});
    times.push(performance.now() - started);
  }
  return [
    {
      figure: "page of 20, 1,000 present, p50",
      unit: "ms",
      ours: median(times),
      target: { of: "ours", kind: "at most", bound: 2 },
      note: `The first page, with counts by status; its p99 is ${percentile(times, 99).toFixed(1)} ms.`,
    },
    {
      figure: "page of 20, weight",
      unit: "tokens",
      ours: Math.ceil(Math.max(...chars) / CHARS_PER_TOKEN),
      target: { of: "ours", kind: "at most", bound: 600 },
      note: `Characters / ${CHARS_PER_TOKEN}; the heaviest of ${chars.length} pages.`,
    },
  ];
}
