import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { median, percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";

const TASKS = 1_000;
const PIECES = 500;
const PIECE = "0123456789abcdef".repeat(125); // 2 kB.
const MEBIBYTE = "0123456789abcdef".repeat(65_536);
const ROUNDS = 11;
const HANDOVERS = 100;
const WINDOWS = 4;
const WARM_ROUNDS = 3;
const FLOOR_MS = 300;
const BLOCK_BYTES = 4_096;
const CHARS_PER_TOKEN = 4;

/** A plan such as a model writes it: most tasks wait for an earlier one. */
function planOf(size: number): Record<string, unknown>[] {
  return Array.from({ length: size }, (_, at) => ({
    title: `Move module ${at} to the new settings`,
    description: `Find every reader of the old settings in module ${at}, move it, keep its tests green.`,
    role: at % 3 === 0 ? "tester" : "implementer",
    acceptance: ["The module's tests pass."],
    ...(at > 0 && at % 4 === 0 ? { needs: [`Move module ${at - 1} to the new settings`] } : {}),
  }));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** A plan of a thousand tasks, one mebibyte of work handed in, and where the project stands afterwards. */
export async function plans(bench: Bench): Promise<Row[]> {
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...bench.place() });
  await peer.greet();
  await peer.call("session_start", {});
  const planning: number[] = [];
  // The last one stays the only one that is open, so that what follows stands on a thousand tasks.
  for (let round = 0; round < 3; round++) {
    const made = { title: `Round ${round}`, tasks: planOf(TASKS) };
    planning.push(await timed(() => peer.call("task_plan", made)));
  }
  const completing: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = JSON.parse(await peer.call("task_start", {})) as { id: string };
    const handedIn = {
      id,
      summary: "Moved it.",
      work: `${round}${MEBIBYTE}`,
      options: { decisions: [`Decision ${round}`] },
    };
    completing.push(await timed(() => peer.call("task_complete", handedIn)));
  }
  const handovers: number[] = [];
  let chars = 0;
  for (let done = 0; done < HANDOVERS; done++) {
    handovers.push(
      await timed(async () => {
        chars = Math.max(chars, (await peer.call("session_start", {})).length);
      }),
    );
  }
  return [
    {
      figure: "task_plan of 1,000 tasks",
      unit: "ms",
      ours: median(planning),
      target: { of: "ours", kind: "at most", bound: 1_000 },
    },
    {
      figure: "task_complete with 1 MiB of work, p50",
      unit: "ms",
      ours: median(completing),
      target: { of: "ours", kind: "at most", bound: 100 },
      note: `With 3,000 tasks present; the longest of ${ROUNDS} took ${Math.max(...completing).toFixed(0)} ms. The artifact is also written into the project, flushed.`,
    },
    {
      figure: "session_start with its handover, p50",
      unit: "ms",
      ours: median(handovers),
      target: { of: "ours", kind: "at most", bound: 20 },
      note: `With 3,000 tasks present; its p99 is ${percentile(handovers, 99).toFixed(1)} ms.`,
    },
    {
      figure: "session_start, weight",
      unit: "tokens",
      ours: Math.ceil(chars / CHARS_PER_TOKEN),
      target: { of: "ours", kind: "at most", bound: 800 },
    },
  ];
}

/** Pieces of a draft, each on disk before it is answered, beside what the disk itself takes. */
export async function appends(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...place });
  await peer.greet();
  const { id } = JSON.parse(await peer.call("task_create", { title: "Write it" })) as { id: string };
  await peer.call("task_start", { id });
  const times: number[] = [];
  const floors: number[] = [];
  const file = openSync(join(place.cwd, "blocks"), "a");
  for (let piece = 1; piece <= PIECES; piece++) {
    times.push(await timed(() => peer.call("task_append", { id, piece, text: PIECE })));
    floors.push(await timed(async () => syncBlock(file)));
  }
  closeSync(file);
  const [ours, floor] = [median(times), median(floors)];
  return [
    {
      figure: "task_append of 2 kB above the disk's own sync, p50",
      unit: "ms",
      ours: ours - floor,
      target: { of: "ours", kind: "at most", bound: 2 },
      note: `${PIECES} pieces: ${ours.toFixed(2)} ms each over stdio, of which a 4 KiB append with fdatasync takes ${floor.toFixed(2)} ms in the same run.`,
    },
  ];
}

function syncBlock(file: number): void {
  writeSync(file, Buffer.alloc(BLOCK_BYTES, 1));
  fdatasyncSync(file);
}

/** Four windows on one file, each its own process, that take a thousand tasks between them. */
export async function windows(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const program = { path: await bench.program("cadre"), ...place };
  const peers = Array.from({ length: WINDOWS }, () => new StdioPeer(program));
  await Promise.all(peers.map((peer) => peer.greet()));
  const [first] = peers;
  const plan = (size: number) => ({
    title: `${size} tasks`,
    tasks: Array.from({ length: size }, (_, at) => ({ title: `Task ${at}`, role: "implementer" })),
  });
  // As long as a program is new to its runtime, that is measured and not the database.
  const cold: number[] = [];
  for (let round = 0; round < WARM_ROUNDS; round++) {
    await first?.call("task_plan", plan(TASKS));
    cold.push(await timed(() => Promise.all(peers.map((peer) => claimAll(peer)))));
  }
  await first?.call("task_plan", plan(TASKS));
  const floor = rateOfDisk(join(place.cwd, "blocks"));
  let claimed: string[][] = [];
  const seconds =
    (await timed(async () => {
      claimed = await Promise.all(peers.map((peer) => claimAll(peer)));
    })) / 1_000;
  await Promise.all(peers.map((peer) => peer.close()));
  const all = claimed.flat();
  if (all.length !== TASKS || new Set(all).size !== TASKS) throw new Error(`${all.length} claims of ${TASKS} tasks`);
  const shares = claimed.map(({ length }) => (length / TASKS) * 100);
  const ours = TASKS / seconds;
  return [
    {
      figure: "task_start, four windows in sum",
      unit: "/s",
      ours,
      floor: { name: "F: 4 KiB append and fdatasync", value: floor },
      target: { of: "ratio", kind: "at least", bound: 0.3 },
      note: `A thousand tasks, each claimed once; each answer carries the role's prompt and comes after its fsync. The fourth thousand of these programs; the first came at ${Math.round(TASKS / ((cold[0] ?? 1) / 1_000)).toLocaleString("en-US")} /s.`,
    },
    {
      figure: "task_start, four windows, beside the least that shares a file",
      unit: "/s",
      ours,
      floor: { name: "four echoes on the SDK, one row of one file each", value: await sharedRate(bench) },
      note: "The same figure. Each of the four changes and syncs one row of one SQLite file before it answers a few bytes.",
    },
    {
      figure: "share of the window that got least",
      unit: "%",
      ours: Math.min(...shares),
      target: { of: "ours", kind: "at least", bound: 5 },
      note: `The four got ${shares.map((share) => share.toFixed(0)).join(", ")} %.`,
    },
  ];
}

/** What four servers on the bare SDK reach that wait for each other's commits. */
async function sharedRate(bench: Bench): Promise<number> {
  const program = { path: await bench.program("echo-shared"), ...bench.place() };
  const peers: StdioPeer[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const peer = new StdioPeer(program);
    peers.push(peer);
    await peer.greet();
  }
  const callAll = async () => {
    let left = TASKS;
    const lane = async (peer: StdioPeer) => {
      while (left-- > 0) await peer.call("echo", { text: "one row" });
    };
    await Promise.all(peers.map(lane));
  };
  await callAll();
  const ms = await timed(callAll);
  await Promise.all(peers.map((peer) => peer.close()));
  return TASKS / (ms / 1_000);
}

/** Takes tasks one after the other until none is left. */
async function claimAll(peer: StdioPeer): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const answer = await peer.call("task_start", {}).catch(() => undefined);
    if (answer === undefined) return ids;
    ids.push((JSON.parse(answer) as { id: string }).id);
  }
}

function rateOfDisk(path: string): number {
  const file = openSync(path, "a");
  const started = performance.now();
  let done = 0;
  for (; performance.now() - started < FLOOR_MS; done++) syncBlock(file);
  closeSync(file);
  return done / (FLOOR_MS / 1_000);
}
