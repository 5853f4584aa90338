// Several machines on one PostgreSQL and one Redis, behind a balancer; one of them is killed again and again. Whatever
// happens, each run that was acknowledged ends once and as the model says, and a follower that is thrown from one
// machine to the next sees each event once.
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { SQL } from "bun";
import { systemClock } from "../../src/base/clock.ts";
import { until } from "../harness/condition.ts";
import { tempFolder } from "../harness/folder.ts";
import { freePort } from "../harness/port.ts";
import { type CadreProcess, startCommand } from "../harness/process.ts";
import { Random } from "../harness/random.ts";
import { SELF } from "../harness/self.ts";

interface ClusterRounds {
  readonly db: string;
  readonly bus: string | undefined;
  readonly runs: number;
  readonly nodes: number;
  /** At least so many, and as long as runs are open. */
  readonly kills: number;
  readonly killEveryMs: number;
  readonly seed: string;
  /** The program that each machine runs; by itself cadre from source. */
  readonly program?: readonly [string, ...string[]] | undefined;
  /** Machines that know nothing of each other's processes: what a dead one had is taken when its lease is over. */
  readonly isApart: boolean;
}

interface ClusterReport {
  readonly runs: number;
  readonly kills: number;
  /** Acknowledged, and not there. */
  readonly missing: string[];
  /** Ended otherwise than the model says. */
  readonly wrong: string[];
  /** Whose events do not count from 1 without a gap. */
  readonly gaps: string[];
  /** Events that a follower has not got, or not once. */
  readonly unseen: number;
  readonly twice: number;
  /** How often followers were thrown out. */
  readonly reconnects: number;
  readonly seconds: number;
}

const WORKFLOW = `name: Model
description: For tests.
inputs:
  n: { type: number, description: A number. }
output: \${(steps.twice?.result.sum ?? inputs.n * 2) + inputs.n}
steps:
  - id: pause
    sleep: 20ms
  - id: twice
    when: \${inputs.n % 10 === 0}
    code: { language: javascript, code: "({ sum: input * 2 })", input: "\${inputs.n}" }
`;
const FOLLOWERS = 3;
const LANES = 8;
const WAIT_MS_MAX = 600_000;

export async function clusterRounds(asked: ClusterRounds): Promise<ClusterReport> {
  using folder = tempFolder();
  const started = performance.now();
  const random = new Random(asked.seed);
  const nodes = await Promise.all(Array.from({ length: asked.nodes }, (_, at) => Node.start(asked, folder.path, at)));
  await using balancer = await balance(() => random.shuffled(nodes.filter(({ isUp }) => isUp)).map(({ port }) => port));
  const admin = new SQL(asked.db, { max: 1 });
  const origin = `http://127.0.0.1:${balancer.port}`;
  const followers = Array.from({ length: FOLLOWERS }, () => new Follower(origin));
  for (const follower of followers) follower.start();
  await until(() => followers.every(({ isThere }) => isThere), "the followers are there");
  const count = async (where: string) => (await admin.unsafe(`SELECT count(*)::int AS n FROM run ${where}`))[0].n;

  let kills = 0;
  let isDone = false;
  const killing = (async () => {
    while (!isDone || kills < asked.kills) {
      await systemClock.sleep(asked.killEveryMs);
      await random.pick(nodes).restart();
      kills++;
    }
  })();
  const acknowledged = new Map<string, number>();
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let n = lane; n < asked.runs; n += LANES) acknowledged.set(await startRun(origin, n, folder.path), n);
  });
  await Promise.all(lanes);
  await until(async () => (await count("WHERE ended_ms IS NULL")) === 0, "all runs are over", WAIT_MS_MAX);
  isDone = true;
  await killing;

  const rows = await admin.unsafe("SELECT id, status, output, error FROM run");
  const told = await admin.unsafe(
    "SELECT seq::int AS seq, subject, data FROM event WHERE type LIKE 'run.%' OR type LIKE 'step.%' ORDER BY seq",
  );
  const ofRuns: number[] = await admin
    .unsafe("SELECT seq::int AS seq FROM event WHERE type LIKE 'run.%' ORDER BY seq")
    .then((found) => found.map(({ seq }: { seq: number }) => seq));
  const hasAll = () => followers.every(({ seen }) => ofRuns.every((seq) => seen.has(seq)));
  await until(hasAll, "followers have seen everything", 60_000).catch(() => {});
  for (const follower of followers) await follower.stop();
  for (const node of nodes) await node.stop();
  await admin.close();

  const ends = new Map<string, { status: string; output: string; error: string }>(
    rows.map((row: { id: string }) => [row.id, row]),
  );
  return {
    runs: rows.length,
    kills,
    missing: [...acknowledged.keys()].filter((id) => !ends.has(id)),
    wrong: [...acknowledged].flatMap(([id, n]) => {
      const { status, output, error } = ends.get(id) ?? {};
      return status === "completed" && Number(output) === 3 * n ? [] : [`${id} of ${n}: ${status} ${output} ${error}`];
    }),
    gaps: gapsOf(told),
    unseen: followers.reduce((sum, { seen }) => sum + ofRuns.filter((seq) => !seen.has(seq)).length, 0),
    twice: followers.reduce((sum, { twice }) => sum + twice, 0),
    reconnects: followers.reduce((sum, { reconnects }) => sum + reconnects, 0),
    seconds: Math.round((performance.now() - started) / 1_000),
  };
}

/** One machine: a cadre that is started again at the same place when it was killed. */
class Node {
  readonly #command: readonly [string, ...string[]];
  readonly port: number;
  #process: CadreProcess | undefined;
  isUp = false;

  private constructor(command: readonly [string, ...string[]], port: number) {
    this.#command = command;
    this.port = port;
  }

  static async start({ db, bus, isApart, program = SELF }: ClusterRounds, folder: string, at: number): Promise<Node> {
    const home = join(folder, isApart ? `home-${at}` : "home");
    mkdirSync(join(home, "workflows"), { recursive: true });
    writeFileSync(join(home, "workflows", "model.yaml"), WORKFLOW);
    const port = await freePort();
    const more = bus === undefined ? [] : ["--bus", bus];
    const args = [
      "--http",
      "--open",
      "--port",
      String(port),
      "--home",
      home,
      "--workspace",
      folder,
      "--db",
      db,
      ...more,
    ];
    const node = new Node([...program, ...args], port);
    await node.#up();
    return node;
  }

  async restart(): Promise<void> {
    this.isUp = false;
    this.#process?.signal("SIGKILL");
    await this.#process?.exited;
    await this.#up();
  }

  async stop(): Promise<void> {
    this.isUp = false;
    await this.#process?.[Symbol.asyncDispose]();
  }

  async #up(): Promise<void> {
    const process = startCommand(this.#command);
    this.#process = process;
    const answers = () =>
      fetch(`http://127.0.0.1:${this.port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(answers, "the machine answers", 60_000).catch((cause: unknown) => {
      throw new Error(`${cause}: ${process.stderr().slice(-2_000)}`);
    });
    this.isUp = true;
  }
}

/** Each connection goes to the first of the machines that takes it. */
async function balance(ports: () => readonly number[]): Promise<{ port: number } & AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    open.add(near);
    near.on("close", () => open.delete(near));
    near.on("error", () => near.destroy());
    const next = ([port, ...others]: readonly number[]): void => {
      if (port === undefined) return void near.destroy();
      const far = connect(port, "127.0.0.1");
      far.once("error", () => next(others));
      far.once("connect", () => {
        far.removeAllListeners("error");
        far.on("error", () => near.destroy());
        far.on("close", () => near.destroy());
        near.on("close", () => far.destroy());
        near.pipe(far).pipe(near);
      });
    };
    next(ports());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** With the same key until it is acknowledged: so it starts once, whatever became of the answers. */
async function startRun(origin: string, n: number, folder: string): Promise<string> {
  for (;;) {
    try {
      const response = await fetch(`${origin}/v1/run/start`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-cadre-workspace": folder, connection: "close" },
        body: JSON.stringify({ workflow: "model", inputs: { n }, idempotency_key: `run ${n}` }),
        signal: AbortSignal.timeout(10_000),
      });
      const body = (await response.json()) as { id?: string; error?: { retry?: boolean; message: string } };
      if (body.id !== undefined) return body.id;
      if (body.error?.retry !== true) throw new Refused(JSON.stringify(body));
    } catch (cause) {
      if (cause instanceof Refused) throw cause;
    }
    await systemClock.sleep(20);
  }
}

class Refused extends Error {}

/** Follows everything that happens to runs, and goes on where it was at whatever machine it comes to next. */
class Follower {
  readonly #origin: string;
  readonly #stop = new AbortController();
  readonly seen = new Set<number>();
  twice = 0;
  reconnects = -1;
  isThere = false;
  #last: string | undefined;
  #following: Promise<void> | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  start(): void {
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.reconnects++;
      try {
        await this.#read();
      } catch {
        await systemClock.sleep(20);
      }
    }
  }

  async #read(): Promise<void> {
    const response = await fetch(`${this.#origin}/v1/events?type=run.`, {
      headers: { "last-event-id": this.#last ?? "0", connection: "close" },
      signal: this.#stop.signal,
    });
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    this.isThere = true;
    let unread = "";
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = `${unread}${piece}`.split("\n\n");
      unread = frames.pop() ?? "";
      for (const frame of frames) {
        const id = /^id: ?(\d+)$/m.exec(frame)?.[1];
        if (id === undefined) continue;
        if (this.seen.has(Number(id))) this.twice++;
        this.seen.add(Number(id));
        this.#last = id;
      }
    }
  }
}

function gapsOf(told: readonly { subject: string; data: string }[]): string[] {
  const last = new Map<string, number>();
  const gaps = new Set<string>();
  for (const { subject, data } of told) {
    const { n } = JSON.parse(data) as { n: number };
    if (n !== (last.get(subject) ?? 0) + 1) gaps.add(subject);
    last.set(subject, n);
  }
  return [...gaps];
}
