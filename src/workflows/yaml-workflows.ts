// Workflows of files as runs have them. A run goes on with the text that it began with, whatever the file says since.
import { basename } from "node:path";
import type { Agents } from "../agents/agents.ts";
import type { RunCaller } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { ChildOptions, RunContext, Workflow } from "../runs/workflow.ts";
import type { RunLimit } from "../store/run-limits.ts";
import type { Sql } from "../store/sql.ts";
import { keepDefinition, readDefinition } from "../store/workflow-definitions.ts";
import { alonePrompt } from "../tasks/roles/role-prompt.ts";
import type { Roles } from "../tasks/roles/roles.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { readValues } from "../tasks/templates/template-values.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import type { WebSearch } from "../web/search.ts";
import { askedModels } from "./agent/asked-models.ts";
import type { Expressions } from "./expressions.ts";
import { Interpreter } from "./interpreter.ts";
import type { Begun, StepParts } from "./place.ts";
import { walk } from "./workflow-check.ts";
import type { Step, WorkflowFile } from "./workflow-file.ts";
import { readInput } from "./workflow-input.ts";
import type { FoundWorkflow, WorkflowLibrary } from "./workflow-library.ts";
import { readWorkflow } from "./workflow-read.ts";

/** All that a process must know to work on any of them. */
export const YAML_HANDLER = "yaml@1";

interface YamlParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly library: WorkflowLibrary;
  readonly workspaces: Pick<Workspaces, "find" | "pathOf">;
  readonly tasks: Pick<Tasks, "createForStep">;
  readonly expressions: Expressions;
  readonly agents: Agents;
  readonly roles: Pick<Roles, "find">;
  readonly upstream: StepParts["upstream"];
  readonly webSearch: Pick<WebSearch, "backEnds">;
  readonly tools: StepParts["tools"];
  /** The name of this machine. */
  readonly host: string;
}

const KEPT_MAX = 200;

export class YamlWorkflows {
  readonly #parts: YamlParts;
  readonly #kept = new Map<string, WorkflowFile>();

  constructor(parts: YamlParts) {
    this.#parts = parts;
  }

  /** What starting it takes: the text is kept before, so that whoever works on the run finds it. */
  async begin(
    path: string,
    id: string,
    given: Readonly<Record<string, Json>>,
    caller: RunCaller,
  ): Promise<Begun & { readonly version: string; readonly found: FoundWorkflow }> {
    const { sql, clock, library } = this.#parts;
    const found = await library.use(path, id);
    const { file, text, digest } = found;
    const inputs = inputsOf(id, file, given);
    const options = await this.#optionsOf(path, id, file, inputs, await this.#callerOf(file, inputs, caller));
    const now = clock.now();
    await sql.write(() => keepDefinition(digest, text, now));
    return { workflow: this.#workflow(found.id, digest, file), input: inputs, options, version: digest, found };
  }

  /** Of a run; undefined when its text is not there. */
  async of({
    workflow,
    version,
  }: {
    readonly workflow: string;
    readonly version: string;
  }): Promise<Workflow | undefined> {
    const file = await this.fileOf(version);
    return file && this.#workflow(workflow, version, file);
  }

  /** The same for one that must be there: a run has begun with it. */
  async kept(workflow: string, version: string): Promise<Workflow> {
    const known = await this.of({ workflow, version });
    if (known) return known;
    throw new AppError("not_found", `the text of ${workflow} is gone`, { hint: "Start the run anew." });
  }

  async fileOf(version: string): Promise<WorkflowFile | undefined> {
    const known = this.#kept.get(version);
    if (known) return known;
    const text = await readDefinition(this.#parts.sql, version);
    const read = text === undefined ? undefined : await readWorkflow(text);
    if (!read || "problems" in read) return undefined;
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(version, read.definition);
    return read.definition;
  }

  #workflow(id: string, version: string, file: WorkflowFile): Workflow {
    const run = async (context: RunContext, inputs: Json) => {
      const path = await context.again(() => this.#pathOf(context));
      const parts: StepParts = {
        ...this.#parts,
        begin: (...given) => this.begin(...given),
        rolePrompt: async (workspace, role) => {
          const values = { workspace, project: basename(workspace) };
          return alonePrompt(await this.#parts.roles.find(workspace, role), values);
        },
        searchesWeb: async () => (await this.#parts.webSearch.backEnds()).length > 0,
        kept: (name, digest) => this.kept(name, digest),
      };
      return new Interpreter(parts, context, path, context.caller as unknown as RunCaller).run(id, file, inputs);
    };
    return { name: id, version, handler: YAML_HANDLER, run };
  }

  async #pathOf({ workspaceId }: RunContext): Promise<string> {
    const path = workspaceId === null ? undefined : await this.#parts.workspaces.pathOf(workspaceId);
    if (path !== undefined) return path;
    throw new AppError("not_found", "cannot go on with the run: its project is not known any more", {
      hint: "Start it anew where the project is now.",
    });
  }

  /** Where nobody says who does the work of its agents, it is whoever can. */
  async #callerOf(file: WorkflowFile, inputs: Json, caller: RunCaller): Promise<RunCaller> {
    const asks = [...walk(file.steps, [])].flatMap(({ step }) => (step.agent ? [step.agent] : []));
    if (asks.length === 0) return caller;
    const { agents } = this.#parts;
    const executor = caller.executor ?? ((await agents.isReady()) ? "server" : "client");
    const budget = caller.budget ?? (file.budget && { ...file.budget, isDefault: true });
    if (executor === "server") await this.#lookForModels(asks, inputs);
    return { ...caller, executor, ...(budget ? { budget } : {}) };
  }

  /** What is missing is told before anything is done, as far as it can be known by then. */
  async #lookForModels(asks: readonly NonNullable<Step["agent"]>[], inputs: Json): Promise<void> {
    const { agents, expressions } = this.#parts;
    const { signal } = new AbortController();
    for (const named of new Set(asks.map(({ model = "" }) => JSON.stringify(model)))) {
      const model = JSON.parse(named) as Json;
      // Which one it is may follow from what a step comes to.
      const asked = await expressions.fill(model, { inputs }, signal).catch(() => undefined);
      if (asked !== undefined) await agents.look(askedModels(asked));
    }
  }

  async #optionsOf(
    path: string,
    id: string,
    file: WorkflowFile,
    inputs: Json,
    caller: RunCaller,
  ): Promise<ChildOptions> {
    const { sql, expressions, host, workspaces } = this.#parts;
    const { timeout, priority, concurrency, queue } = file;
    const signal = new AbortController().signal;
    const key = concurrency && (await expressions.fill(concurrency.key ?? "", { inputs }, signal));
    const workspace = (await workspaces.find(path))?.id ?? path;
    const limits: RunLimit[] = [];
    if (concurrency) limits.push({ key: `workflow ${workspace} ${id} ${key ?? ""}`, most: concurrency.max });
    if (queue) limits.push({ key: `queue ${workspace} ${queue.name}`, most: queue.max, rate: rateOf(queue) });
    return {
      caller: caller as unknown as Json,
      ...(priority === undefined ? {} : { priority }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      ...(limits.length > 0 ? { limits } : {}),
      // A server has workers on several machines, and the project lies on this one.
      ...(sql.dialect === "postgres" && [...walk(file.steps, [])].some(({ step }) => needsFolder(step))
        ? { host }
        : {}),
    };
  }
}

function rateOf({ rate }: NonNullable<WorkflowFile["queue"]>): RunLimit["rate"] {
  return rate && { starts: rate.starts, perMs: rate.per };
}

/** Refuses what a workflow does not take. */
export function inputsOf(id: string, { inputs }: WorkflowFile, given: Readonly<Record<string, Json>>): Json {
  const asked = { doing: `start ${id}`, parameters: inputs, noun: "input", read: readInput };
  return Object.fromEntries(readValues(asked, given));
}

/** What works in the project's folder has to be where it is. */
function needsFolder({ code, tool }: Step): boolean {
  const { options = {} } = code ?? {};
  return options["working_directory"] !== undefined || options["database"] !== undefined || tool?.name === "code_run";
}
