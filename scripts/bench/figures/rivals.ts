import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PostgresServer } from "../../../tests/contract/postgres-database.ts";
import { median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { openRunPeer, stepRate } from "../run-peer.ts";

const FOLDER = join(import.meta.dir, "..", "rivals");
const ROUNDS = 3;
const STEPS = 40;

interface Rival {
  readonly name: string;
  readonly package: string;
  readonly store: "SQLite" | "PostgreSQL";
  readonly workflows: readonly number[];
}

const RIVALS: readonly Rival[] = [
  { name: "openworkflow", package: "openworkflow", store: "SQLite", workflows: [1, 16] },
  { name: "bunqueue", package: "bunqueue", store: "SQLite", workflows: [1, 16] },
  { name: "dbos", package: "@dbos-inc/dbos-sdk", store: "PostgreSQL", workflows: [1, 16, 64] },
];

/** The same work on other engines, each right after ours. They are not ours to install: it says how. */
export async function rivals(bench: Bench): Promise<Row[]> {
  if (!existsSync(join(FOLDER, "node_modules"))) {
    console.warn("SKIPPED: rivals. To measure them, too: cd scripts/bench/rivals && bun install");
    return [];
  }
  const rows: Row[] = [];
  for (const rival of RIVALS) {
    const server = rival.store === "PostgreSQL" ? await PostgresServer.open() : undefined;
    if (rival.store === "PostgreSQL" && !server) continue;
    for (const workflows of rival.workflows) rows.push(await beside(bench, rival, workflows, server));
    await server?.close();
  }
  return rows;
}

async function beside(bench: Bench, rival: Rival, workflows: number, server: PostgresServer | undefined): Promise<Row> {
  const { cwd } = bench.place();
  await (await server?.fresh())?.[Symbol.asyncDispose]();
  const peer = await openRunPeer(server?.url ?? join(cwd, "cadre.db"), join(cwd, "processes"));
  peer.worker.start();
  await stepRate(peer, workflows, STEPS);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await stepRate(peer, workflows, STEPS));
  await peer.close();
  const theirs = await rateOfRival(rival, server?.url ?? cwd, workflows);
  const { version } = JSON.parse(readFileSync(join(FOLDER, "node_modules", rival.package, "package.json"), "utf8"));
  return {
    figure: `durable steps, ${workflows} at once, ${rival.store}, beside ${rival.name}`,
    unit: "/s",
    ours: median(rates),
    floor: { name: `${rival.package} ${version}`, value: theirs },
    note: `${STEPS} steps each, with starting and ending; theirs as its README says.`,
  };
}

async function rateOfRival({ name }: Rival, place: string, workflows: number): Promise<number> {
  const program = join(FOLDER, "rival.ts");
  const args = [name, place, String(workflows), String(STEPS), String(ROUNDS)];
  const child = Bun.spawn([process.execPath, program, ...args], { cwd: FOLDER, stdout: "pipe", stderr: "pipe" });
  const [text, trouble] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const rates = [...text.matchAll(/^rate ([\d.]+)$/gm)].map(([, rate]) => Number(rate));
  if (rates.length === 0) throw new Error(`${name} said nothing of its rate: ${trouble.slice(-1_000)}`);
  return median(rates);
}
