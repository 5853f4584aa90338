import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "../../src/store/sql.ts";
import type { MockModels } from "../harness/models.ts";
import { originOf, startCommand, startProcess } from "../harness/process.ts";

type Server = Awaited<ReturnType<AgentPlace["start"]>>;

/** Where a server stands that asks the mock's models, however often it is started. */
export class AgentPlace {
  readonly home: string;
  readonly #folder: string;
  readonly #program: readonly string[] | undefined;

  /** The program is by itself the one from source. */
  constructor(folder: string, models: MockModels, program?: readonly string[]) {
    this.#folder = folder;
    this.#program = program;
    this.home = join(folder, "home");
    mkdirSync(join(this.home, "workflows"), { recursive: true, mode: 0o700 });
    models.writeFile(join(this.home, "models.yaml"));
  }

  get database(): string {
    return join(this.home, "cadre.db");
  }

  async start() {
    const args = ["--http", "0", "--home", this.home, "--open"];
    const child = this.#program
      ? startCommand([...this.#program, ...args], { cwd: this.#folder })
      : startProcess(args, { cwd: this.#folder });
    return Object.assign(child, { origin: await originOf(child) });
  }
}

/** Begins a run, and answers its id. */
export async function beginRun({ origin }: Server, workflow: string, inputs: object): Promise<string> {
  const begun = await fetch(`${origin}/v1/run/start`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ workflow, inputs, wait: "0s" }),
  });
  const { id } = (await begun.json()) as { id: string };
  return id;
}

export async function kill(server: Server): Promise<void> {
  server.signal("SIGKILL");
  await server.exited;
}

/** How many of its runs, those that others began too, have not ended. */
export async function openRuns(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ open: number }>("SELECT count(*) AS open FROM run WHERE ended_ms IS NULL");
  return Number(row?.open);
}
