import { join } from "node:path";
import { appendRate } from "../append-rate.ts";
import { interleave, median, rateOf } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";
import { draft, fill } from "../tasks.ts";

const ROUNDS = 21;
// Short and many: how fast a shared disk is changes from second to second.
const ROUND_MS = 150;
const WARM_MS = 600;
const LANES = 64;

/** Acknowledged creates a second, against what the disk can promise at all. */
export async function writes(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...place });
  await using synced = new StdioPeer({ path: await bench.program("echo-synced"), ...place });
  await peer.greet();
  await synced.greet();
  await fill(peer);
  let made = 0;
  const create = () => peer.call("task_create", draft(++made));
  const syncOne = () => synced.call("echo", { text: "one block" });
  await rateOf(WARM_MS, 1, create);
  await rateOf(WARM_MS, 1, syncOne);
  await rateOf(WARM_MS, LANES, create);
  const rates = await interleave(ROUNDS, {
    disk: async () => appendRate(join(place.cwd, "blocks"), ROUND_MS),
    single: () => rateOf(ROUND_MS, 1, create),
    synced: () => rateOf(ROUND_MS, 1, syncOne),
    many: () => rateOf(ROUND_MS, LANES, create),
  });
  const floor = { name: "F: 4 KiB append and fdatasync", value: median(rates.disk) };
  return [
    {
      figure: "task_create, one by one",
      unit: "/s",
      ours: median(rates.single),
      floor,
      target: { of: "ratio", kind: "at least", bound: 0.5 },
      note: "Each answer came after the fsync of its commit, over stdio, with 1,000 tasks present at the start.",
    },
    {
      figure: "task_create, one by one, beside the least that syncs",
      unit: "/s",
      ours: median(rates.single),
      floor: { name: "echo on the SDK after such a block", value: median(rates.synced) },
      note: "The same figure. A server on the bare SDK that appends and syncs one block before each answer pays for the round trip too, and for a disk that rests between two calls.",
    },
    {
      figure: `task_create, ${LANES} in flight`,
      unit: "/s",
      ours: median(rates.many),
      floor,
      target: { of: "ratio", kind: "at least", bound: 2 },
    },
  ];
}
