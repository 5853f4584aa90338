// The same work on another engine: rival.ts NAME PLACE WORKFLOWS STEPS ROUNDS, as its own README says, with nothing
// tuned but how many it may work on at once. Prints steps a second, a round a line, after a first round for warmth.
import { join } from "node:path";

type Round = (workflows: number, steps: number) => Promise<void>;

const [name = "", place = "", workflows = "16", steps = "40", rounds = "3"] = process.argv.slice(2);

/** SQLite in WAL mode with its own synchronous=FULL. */
async function openworkflow(): Promise<Round> {
  const { OpenWorkflow } = await import("openworkflow");
  const { BackendSqlite } = await import("openworkflow/sqlite");
  const engine = new OpenWorkflow({ backend: BackendSqlite.connect(join(place, "openworkflow.db")) });
  const counting = engine.defineWorkflow<number, null>({ name: "counting" }, async ({ input, step }) => {
    for (let at = 0; at < input; at++) await step.run({ name: `step ${at}` }, async () => at);
    return null;
  });
  await engine.newWorker({ concurrency: Number(workflows) }).start();
  return async (count, each) => {
    const runs = await Promise.all(Array.from({ length: count }, () => counting.run(each)));
    await Promise.all(runs.map((run) => run.result()));
  };
}

/** SQLite, its own settings. */
async function bunqueue(): Promise<Round> {
  const { Engine, Workflow } = await import("bunqueue/workflow");
  const flow = new Workflow("counting");
  for (let at = 0; at < Number(steps); at++) flow.step(`step ${at}`, async () => ({ at }));
  const engine = new Engine({
    embedded: true,
    dataPath: join(place, "bunqueue.db"),
    concurrency: Number(workflows),
  });
  engine.register(flow);
  return async (count) => {
    const runs = await Promise.all(Array.from({ length: count }, () => engine.start("counting", {})));
    for (const { id } of runs) {
      while (engine.getExecution(id)?.state !== "completed") await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
}

/** PostgreSQL; PLACE is its address. */
async function dbos(): Promise<Round> {
  const { DBOS } = await import("@dbos-inc/dbos-sdk");
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: place, logLevel: "error" });
  const counting = DBOS.registerWorkflow(
    async (each: number) => {
      for (let at = 0; at < each; at++) await DBOS.runStep(async () => at, { name: `step ${at}` });
      return null;
    },
    { name: "counting" },
  );
  await DBOS.launch();
  return async (count, each) => {
    const runs = await Promise.all(Array.from({ length: count }, () => DBOS.startWorkflow(counting)(each)));
    await Promise.all(runs.map((run) => run.getResult()));
  };
}

const RIVALS: Readonly<Record<string, () => Promise<Round>>> = { openworkflow, bunqueue, dbos };
const round = await RIVALS[name]?.();
if (!round) throw new Error(`no rival ${name}`);
await round(Number(workflows), Number(steps));
for (let at = 0; at < Number(rounds); at++) {
  const started = performance.now();
  await round(Number(workflows), Number(steps));
  console.log(`rate ${(Number(workflows) * Number(steps)) / ((performance.now() - started) / 1_000)}`);
}
process.exit(0);
