// `cadre setup` without its words: what is there, what would be done, doing it, and taking it back.
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { didYouMean } from "../base/text.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Applied, applyPlan, type Undone, undoEdit } from "./apply.ts";
import { askClient, type ClientAnswer } from "./ask-client.ts";
import { CLIENTS } from "./clients/all-clients.ts";
import type { Client, Launch } from "./clients/client.ts";
import { Ledger, type LedgerEdit } from "./ledger.ts";
import { type Machine, thisMachine } from "./machine.ts";
import { type Plan, type PlanOptions, planEntry, planRemoval } from "./plan.ts";
import { isRunning } from "./running.ts";
import { lockSetup } from "./setup-lock.ts";
import { type FoundClient, findClients, placesSearched, projectTarget, type Target } from "./targets.ts";

export interface SetupParts {
  readonly runtime: Pick<Runtime, "host" | "openSqlite" | "start">;
  readonly clock: Clock;
  readonly dataFolder: string;
  readonly version: string;
  /** The name of the entry. */
  readonly name: string;
}

/** Names that earlier installers, and people, have for clients. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "cursor-ide": "cursor",
  claude: "claude-code",
  gemini: "gemini-cli",
  qwen: "qwen-code",
  copilot: "copilot-cli",
  "vs-code": "vscode",
  code: "vscode",
  roo: "roo-code",
};

export function clientNamed(given: string): Client {
  const id = OTHER_NAMES[given] ?? given;
  const client = CLIENTS.find((one) => one.id === id);
  if (client) return client;
  throw new AppError("invalid_input", `no client ${given} is known`, {
    hint: didYouMean(
      given,
      CLIENTS.map((one) => one.id),
      `Known are ${CLIENTS.map((one) => one.id).join(", ")}.`,
    ),
  });
}

export interface Wanted {
  /** Only these; when there are none, all that are found. */
  readonly clients: readonly Client[];
  /** Those, too, that are edited only when they are asked for. */
  readonly all: boolean;
  /** In the files of this project instead of the user's own. */
  readonly project: string | undefined;
}

export interface Searched {
  readonly client: string;
  readonly places: readonly string[];
}

export interface EntryState {
  readonly plan: Plan;
  /** What the entry starts, or reaches. */
  readonly launch: Launch;
  /** Setup has put it there. */
  readonly wasWritten: boolean;
}

export class Setup {
  readonly #parts: SetupParts;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #folder: string;

  constructor(parts: SetupParts) {
    this.#parts = parts;
    this.#machine = thisMachine(parts.runtime.host);
    this.#folder = join(parts.dataFolder, "setup");
    this.#ledger = new Ledger(this.#folder);
  }

  find(): FoundClient[] {
    return findClients(CLIENTS, this.#machine, this.#parts.name);
  }

  /** Where each of these was looked for. */
  searched(clients: readonly Client[]): Searched[] {
    return clients
      .map((client) => ({ client: client.id, places: placesSearched(client, this.#machine, this.#parts.name) }))
      .filter(({ places }) => places.length > 0);
  }

  targets(found: readonly FoundClient[], { clients, all, project }: Wanted): Target[] {
    const isChosen = ({ client, isPresent }: FoundClient) =>
      clients.length > 0
        ? clients.includes(client)
        : isPresent && (client.way === "edited" || (all && client.way === "asked"));
    const chosen = found.filter(isChosen);
    if (project === undefined)
      return chosen.filter(({ client }) => client.way !== "shown").flatMap(({ targets }) => targets);
    const inProject = chosen.flatMap(({ client }) => projectTarget(client, project, this.#parts.name) ?? []);
    return inProject.filter((target, at) => inProject.findIndex((other) => isSamePlace(other, target)) === at);
  }

  plan(targets: readonly Target[], options: Pick<PlanOptions, "launch" | "force" | "replaceOld">): Plan[] {
    const all = this.#options(options.launch, options);
    return targets.map((target) => planEntry(target, all));
  }

  apply(plans: readonly Plan[], options: Pick<PlanOptions, "launch" | "force" | "replaceOld">): Applied[] {
    return this.#locked(() => {
      const all = this.#options(options.launch, options);
      const again = (plan: Plan) => planEntry(plan.target, { ...all, name: plan.name });
      return plans.map((plan) => applyPlan(plan, () => again(plan), this.#applyParts));
    });
  }

  /** Every file of every client, and those that the ledger knows elsewhere. */
  planRemovals(wanted: Pick<Wanted, "clients">): Plan[] {
    const options = { name: this.#parts.name, self: this.#self, ledger: this.#ledger.edits() };
    return this.#knownTargets(wanted.clients).flatMap((target) => planRemoval(target, options) ?? []);
  }

  applyRemovals(plans: readonly Plan[]): Applied[] {
    return this.#locked(() => {
      const options = { name: this.#parts.name, self: this.#self, ledger: this.#ledger.edits() };
      return plans.map((plan) => applyPlan(plan, () => planRemoval(plan.target, options) ?? plan, this.#applyParts));
    });
  }

  /** What could be taken back, the newest first. */
  undoable({ clients }: Pick<Wanted, "clients">): { readonly client: string; readonly file: string }[] {
    return this.#editsOf(clients).map(({ client, file }) => ({ client, file }));
  }

  undo({ clients }: Pick<Wanted, "clients">): Undone[] {
    return this.#locked(() =>
      this.#editsOf(clients).map((edit) =>
        undoEdit(
          edit,
          CLIENTS.find(({ id }) => id === edit.client),
          this.#ledger,
        ),
      ),
    );
  }

  /**
   * How each entry stands, in every client that is there and in files elsewhere that the ledger knows: under the name,
   * and of the kind, that was written.
   */
  states(own: Launch): EntryState[] {
    const edits = this.#ledger.edits();
    return this.#knownTargets([]).flatMap((target) => {
      const written = lastEdits(edits.filter(({ file }) => file === target.file));
      const names = written.length > 0 ? written : [{ name: this.#parts.name, command: [] }];
      return names.map(({ name, command }): EntryState => {
        const [address = ""] = command;
        const launch: Launch = /^https?:/.test(address) ? { kind: "http", url: address, headers: {} } : own;
        const options = { ...this.#options(launch, { force: false, replaceOld: false }), name };
        return { plan: planEntry(target, options), launch, wasWritten: written.length > 0 };
      });
    });
  }

  /** Of what was written, whether the client itself knows it. */
  ask(client: Client): Promise<ClientAnswer | undefined> {
    const { runtime, clock, name } = this.#parts;
    return askClient(client, name, { host: runtime.host, clock, machine: this.#machine });
  }

  /** Applications that run and would write their files anew. */
  async running(targets: readonly Target[]): Promise<Client[]> {
    const { runtime, clock } = this.#parts;
    const clients = [...new Set(targets.map(({ client }) => client))];
    const running = await Promise.all(
      clients.map(async ({ process }) => process !== undefined && (await isRunning(process, runtime.host, clock))),
    );
    return clients.filter((_client, at) => running[at]);
  }

  get #self(): readonly string[] {
    return this.#parts.runtime.host.self;
  }

  get #applyParts() {
    const { clock, version } = this.#parts;
    return { ledger: this.#ledger, folder: this.#folder, clock, version };
  }

  #options(launch: Launch, { force, replaceOld }: Pick<PlanOptions, "force" | "replaceOld">): PlanOptions {
    return {
      name: this.#parts.name,
      launch,
      force,
      replaceOld,
      self: this.#self,
      distribution: this.#machine.distribution,
      isOnPath: this.#machine.hasProgram("cadre"),
      ledger: this.#ledger.edits(),
    };
  }

  #editsOf(clients: readonly Client[]) {
    const ids = clients.map(({ id }) => id);
    return this.#ledger
      .edits()
      .filter(({ client }) => ids.length === 0 || ids.includes(client))
      .toReversed();
  }

  /** Files of clients that are there, and those that the ledger knows elsewhere, each once. */
  #knownTargets(clients: readonly Client[]): Target[] {
    const isMeant = (client: Client) => client.way !== "shown" && (clients.length === 0 || clients.includes(client));
    const found = this.find().flatMap(({ client, targets, isPresent }) =>
      isPresent && isMeant(client) ? targets : [],
    );
    const written = this.#ledger.edits().flatMap(({ client: id, file, scope }): Target[] => {
      const client = CLIENTS.find((one) => one.id === id);
      return client && isMeant(client) ? [{ client, file, scope, isAround: false }] : [];
    });
    return [...found, ...written].filter(
      (target, at, all) => all.findIndex((other) => isSamePlace(other, target)) === at,
    );
  }

  #locked<T>(work: () => T): T {
    using _lock = lockSetup(this.#parts.runtime, this.#folder);
    return work();
  }
}

/** Two clients may read one file, under the same key or under two. */
function isSamePlace(a: Target, b: Target): boolean {
  return a.file === b.file && a.client.key.join() === b.client.key.join();
}

/** Of each name, the last edit that put it in. */
function lastEdits(edits: readonly LedgerEdit[]): LedgerEdit[] {
  const last = new Map(edits.map((edit) => [edit.name, edit]));
  return [...last.values()].filter(({ action }) => action !== "remove");
}
