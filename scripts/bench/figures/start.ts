import { interleave, median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer, spawnProgram } from "../stdio-peer.ts";

const ROUNDS = 21;

/** From the start of the process to its first answer over stdio. */
export async function start(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const firstAnswer = (path: string) => async () => {
    const started = performance.now();
    await using peer = new StdioPeer({ path, ...place });
    await peer.greet();
    return performance.now() - started;
  };
  const paths = await programs(bench);
  await firstAnswer(paths.cadre)(); // The first start makes files, and reads the program from the disk.
  await firstAnswer(paths.echo)();
  const times = await interleave(ROUNDS, {
    cadre: firstAnswer(paths.cadre),
    echo: firstAnswer(paths.echo),
    raw: firstAnswer(paths.raw),
  });
  const raw = median(times.raw);
  return [
    {
      figure: "first initialize over stdio",
      unit: "ms",
      ours: median(times.cadre),
      floor: { name: "echo on the SDK", value: median(times.echo) },
      target: { of: "ratio", kind: "at most", bound: 1.4 },
      note: `Median of ${ROUNDS} interleaved starts. Without any SDK the same runtime takes ${raw.toFixed(1)} ms in this run.`,
    },
  ];
}

/** `--version`, against a program that writes one line. */
export async function version(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const whole =
    (path: string, ...args: string[]) =>
    async () => {
      const started = performance.now();
      const child = spawnProgram({ path, args, ...place });
      await child.exited;
      return performance.now() - started;
    };
  const [cadre, line] = [await bench.program("cadre"), await bench.program("line")];
  const times = await interleave(ROUNDS, { cadre: whole(cadre, "--version"), line: whole(line) });
  return [
    {
      figure: "--version, start to exit",
      unit: "ms",
      ours: median(times.cadre),
      floor: { name: "a program that writes one line", value: median(times.line) },
      target: { of: "ours", kind: "at most", bound: 20 },
    },
  ];
}

/** What the process holds when it has answered initialize. */
export async function memory(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const afterGreeting = (path: string) => async () => {
    await using peer = new StdioPeer({ path, ...place });
    await peer.greet();
    return peer.rssMiB() ?? Number.NaN;
  };
  const paths = await programs(bench);
  const sizes = await interleave(5, { cadre: afterGreeting(paths.cadre), echo: afterGreeting(paths.echo) });
  if (sizes.cadre.some(Number.isNaN)) return [];
  return [
    {
      figure: "memory after initialize",
      unit: "MiB",
      ours: median(sizes.cadre),
      floor: { name: "echo on the SDK", value: median(sizes.echo) },
      target: { of: "ours", kind: "at most", bound: 60 },
    },
  ];
}

async function programs(bench: Bench) {
  return {
    cadre: await bench.program("cadre"),
    echo: await bench.program("echo-stdio"),
    raw: await bench.program("raw"),
  };
}
