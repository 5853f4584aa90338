import { setTimeout as pause } from "node:timers/promises";
import { HttpProgram } from "../http-peer.ts";
import { median, percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";
import { draft } from "../tasks.ts";

const EVENTS = 250;
const PAUSE_MS_MAX = 30;

/** A task made in one process, seen on the event stream of another one on the same file. */
export async function events(bench: Bench): Promise<Row[]> {
  const path = await bench.program("cadre");
  const place = bench.place();
  const server = await HttpProgram.start({ path, args: ["--http", "0"], ...place });
  await using _server = server;
  await using writer = new StdioPeer({ path, ...place });
  await writer.greet();
  await writer.call("task_list", {});

  const seen = new Map<string, number>();
  const stop = new AbortController();
  const reading = follow(`${server.origin}/v1/events`, stop.signal, (title) => seen.set(title, performance.now()));
  const sent = new Map<string, number>();
  await reading.begun;
  for (let index = 0; index < EVENTS; index++) {
    const title = `Event ${index}`;
    sent.set(title, performance.now());
    await writer.call("task_create", { ...draft(index), title });
    await pause(Math.random() * PAUSE_MS_MAX); // The look-out of the other process must not beat in time with us.
  }
  for (let left = 100; left > 0 && seen.size < EVENTS; left--) await pause(20);
  stop.abort();
  await reading.ended;
  if (seen.size < EVENTS) throw new Error(`${EVENTS - seen.size} of ${EVENTS} events were never seen`);
  const delays = [...seen].map(([title, at]) => at - (sent.get(title) ?? Number.NaN));
  return [
    {
      figure: "event seen in another process, p99",
      unit: "ms",
      ours: percentile(delays, 99),
      target: { of: "ours", kind: "at most", bound: 50 },
      note: `From sending the call in one process to the line on the other's stream, so the write counts too; p50 ${median(delays).toFixed(1)} ms, ${EVENTS} events.`,
    },
  ];
}

function follow(url: string, signal: AbortSignal, see: (title: string) => void) {
  const begun = Promise.withResolvers<void>();
  const read = async () => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`no stream: HTTP ${response.status}`);
    const decoder = new TextDecoder();
    let unread = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const frames = (unread + decoder.decode(chunk, { stream: true })).split("\n\n");
      unread = frames.pop() ?? "";
      begun.resolve();
      for (const frame of frames) {
        const [, title] = /"title":"(Event \d+)"/.exec(frame) ?? [];
        if (title) see(title);
      }
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!signal.aborted) begun.reject(error);
  });
  return { begun: begun.promise, ended };
}
