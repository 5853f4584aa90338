import { HttpPeer, HttpProgram } from "../http-peer.ts";
import { interleave, median, rateOf } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";
import { draft } from "../tasks.ts";

const ROUNDS = 9;
const ROUND_MS = 400;
const WARM_MS = 1_500;
const LANES = 64;
const SAID = { text: "nothing to do" };
const RIVAL = "echo on the SDK";
const NOOP_NOTE =
  "No tool of cadre does nothing, so one was added for this row: it goes the way of every call (schema, deadline, counters, checked answer). The echo server checks and counts nothing.";

/** One call after the other over stdio: the way of a call alone, and the cheapest read there is. */
export async function stdioCalls(bench: Bench): Promise<Row[]> {
  await using ours = new StdioPeer({ path: await bench.program("noop"), ...bench.place() });
  await using echo = new StdioPeer({ path: await bench.program("echo-stdio"), ...bench.place() });
  await ours.greet();
  await echo.greet();
  const { id } = JSON.parse(await ours.call("task_create", draft(0))) as { id: string };
  const cases = {
    noop: () => ours.call("noop", SAID),
    echo: () => echo.call("echo", SAID),
    show: () => ours.call("task_show", { id }),
  };
  for (const work of Object.values(cases)) await rateOf(WARM_MS, 1, work);
  const rates = await interleave(ROUNDS, {
    noop: () => rateOf(ROUND_MS, 1, cases.noop),
    echo: () => rateOf(ROUND_MS, 1, cases.echo),
    show: () => rateOf(ROUND_MS, 1, cases.show),
  });
  const floor = { name: RIVAL, value: median(rates.echo) };
  return [
    {
      figure: "no-op call over stdio, one by one",
      unit: "/s",
      ours: median(rates.noop),
      floor,
      target: { of: "ratio", kind: "at least", bound: 0.8 },
      note: NOOP_NOTE,
    },
    {
      figure: "task_show over stdio, one by one",
      unit: "/s",
      ours: median(rates.show),
      floor,
      note: "A real tool, for comparison: it reads a task with its needs from the database.",
    },
  ];
}

/** Many calls at once over HTTP, on keep-alive connections, in one session of the older era. */
export async function httpCalls(bench: Bench): Promise<Row[]> {
  const oursAt = await HttpProgram.start({ path: await bench.program("noop"), args: ["--http"], ...bench.place() });
  await using _ours = oursAt;
  const echoAt = await HttpProgram.start({ path: await bench.program("echo-http"), ...bench.place() });
  await using _echo = echoAt;
  using ours = await HttpPeer.connect(oursAt.origin, LANES);
  using echo = await HttpPeer.connect(echoAt.origin, LANES);
  const cases = { noop: () => ours.call("noop", SAID), echo: () => echo.call("echo", SAID) };
  for (const work of Object.values(cases)) await rateOf(WARM_MS, LANES, work);
  const rates = await interleave(ROUNDS, {
    noop: () => rateOf(ROUND_MS, LANES, cases.noop),
    echo: () => rateOf(ROUND_MS, LANES, cases.echo),
  });
  return [
    {
      figure: `no-op call over HTTP, ${LANES} in flight`,
      unit: "/s",
      ours: median(rates.noop),
      floor: { name: RIVAL, value: median(rates.echo) },
      target: { of: "ratio", kind: "at least", bound: 0.8 },
      note: "cadre also checks host and origin, names each request and counts it.",
    },
  ];
}
