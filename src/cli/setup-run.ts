// `cadre setup`: finds the clients on this machine, shows what would change, asks once, writes, and can take it back.
import { AppError } from "../base/errors.ts";
import { ENTRY_NAME_CHARS_MAX } from "../base/limits.ts";
import type { Applied } from "../setup/apply.ts";
import type { Client, Launch } from "../setup/clients/client.ts";
import { greet } from "../setup/greeting.ts";
import { ownLaunch } from "../setup/launch.ts";
import type { Plan } from "../setup/plan.ts";
import { clientNamed, Setup, type Wanted } from "../setup/setup.ts";
import { linkOf, snippetOf } from "../setup/snippet.ts";
import type { FoundClient } from "../setup/targets.ts";
import { writeNewRole } from "../tasks/roles/role-new.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";
import { confirm, confirmSome } from "./confirm.ts";
import {
  appliedScreen,
  type Done,
  nothingFoundScreen,
  type Planned,
  planScreen,
  undoableScreen,
  undoneScreen,
} from "./setup-screen.ts";

/** Something is left to do, or was not done. */
const CHANGES_PENDING = 1;
const REFUSED = 5;
const NO_CLIENT = 2;

export async function runSetup(context: CliContext, input: CommandInput): Promise<Record<string, unknown> | undefined> {
  const setup = new Setup(setupParts(context, input));
  if (isSet(input, "undo")) return undo(setup, context, input);
  if (isSet(input, "remove")) return remove(setup, context, input);
  const launch = launchOf(context, input);
  for (const what of ["print", "link"] as const) {
    const given = input.flags[what]?.at(-1);
    if (given !== undefined) return show(what, clientNamed(given), launch, context, input);
  }
  return install(setup, launch, context, input);
}

function setupParts({ runtime, clock, config, version }: CliContext, input: CommandInput) {
  return { runtime, clock, version, dataFolder: config.folders.data, name: nameOf(input) };
}

function nameOf(input: CommandInput): string {
  const name = input.flags["name"]?.at(-1) ?? "cadre";
  if (/^[A-Za-z0-9_-]+$/.test(name) && name.length <= ENTRY_NAME_CHARS_MAX) return name;
  throw new AppError("invalid_input", "cannot use that name: some clients take only letters, digits, - and _", {
    hint: `Use at most ${ENTRY_NAME_CHARS_MAX} of these, like --name cadre-work.`,
  });
}

function wantedOf({ workspace }: CliContext, input: CommandInput): Wanted {
  const names = [...(input.flags["client"] ?? []), ...(input.flags["clients"] ?? []), ...input.rest];
  return {
    clients: names
      .flatMap((name) => name.split(","))
      .filter((name) => name !== "")
      .map(clientNamed),
    all: isSet(input, "all"),
    project: isSet(input, "project") ? workspace : undefined,
  };
}

function launchOf({ runtime, config }: CliContext, input: CommandInput): Launch {
  const http = input.flags["http"]?.at(-1);
  if (http === undefined) return ownLaunch({ host: runtime.host, folders: config.folders, env: pairs(input, "env") });
  const { port, base_path } = config.settings;
  const own = `http://127.0.0.1:${port}${base_path}/mcp`;
  if (http !== "" && !URL.canParse(http) && !/^\d+$/.test(http)) {
    throw new AppError("invalid_input", `cannot use the address ${http}`, { hint: `Write it like --http=${own}` });
  }
  const url = http === "" ? own : /^\d+$/.test(http) ? `http://127.0.0.1:${http}${base_path}/mcp` : http;
  return { kind: "http", url, headers: pairs(input, "header") };
}

function pairs(input: CommandInput, flag: string): Record<string, string> {
  return Object.fromEntries(
    (input.flags[flag] ?? []).map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new AppError("invalid_input", `--${flag} needs a name and a value`, {
        hint: `Write it like --${flag} NAME=VALUE.`,
      });
    }),
  );
}

async function show(what: "print" | "link", client: Client, launch: Launch, context: CliContext, input: CommandInput) {
  const name = nameOf(input);
  const shown = what === "print" ? snippetOf(client, launch, name) : linkOf(client, launch, name);
  if (shown === undefined) {
    throw new AppError(
      "not_found",
      `${client.name} has no ${what === "print" ? "file that knows addresses" : "link"}`,
      {
        hint:
          what === "print"
            ? "Leave --http out: it starts programs."
            : `Put the snippet in: cadre setup --print ${client.id}`,
      },
    );
  }
  if (input.asJson) return { client: client.id, name, [what === "print" ? "snippet" : "link"]: shown };
  await context.runtime.writeOut(`${shown.trimEnd()}\n`);
  return undefined;
}

async function install(setup: Setup, launch: Launch, context: CliContext, input: CommandInput) {
  const wanted = wantedOf(context, input);
  const found = setup.find();
  const targets = setup.targets(found, wanted);
  const byHand = handOnly(found, wanted);
  if (targets.length === 0) return nothing(setup, { found, byHand, launch, wanted }, context, input);
  const options = { launch, force: isSet(input, "force"), replaceOld: isSet(input, "replace-old") };
  const plans = setup.plan(targets, options);
  input.exitWith(exitFor(plans, input));
  const planned: Planned = {
    plans,
    byHand,
    name: nameOf(input),
    isCheck: isSet(input, "check"),
    greeting: undefined,
    running: [],
  };
  const pending = plans.filter(({ edit }) => edit !== undefined);
  if (planned.isCheck || isSet(input, "dry-run") || pending.length === 0) return tell(planned, context, input);
  const isVerified = input.flags["verify"]?.at(-1) !== "false";
  const [running, greeting] = await Promise.all([
    setup.running(pending.map(({ target }) => target)),
    isVerified ? greet(launch, context) : undefined,
  ]);
  const shown: Planned = { ...planned, running, greeting };
  await tell(shown, context, input);
  const chosen = await chosenOf(pending, context, input);
  const isLeft = (plan: Plan) => plan.edit === undefined || chosen.has(plan.target.client.id);
  const applied = setup.apply(plans.filter(isLeft), options);
  const asked = isVerified ? await askAll(setup, applied) : new Map<string, string>();
  const role = isSet(input, "roles") ? exampleRole(context) : undefined;
  return tellApplied({ ...shown, applied, asked, role }, context, input);
}

function exitFor(plans: readonly Plan[], input: CommandInput): number {
  if (isSet(input, "check") && plans.some(({ edit }) => edit !== undefined)) return CHANGES_PENDING;
  return plans.some(({ action }) => action === "refuse") ? REFUSED : 0;
}

async function tell(planned: Planned, { runtime }: CliContext, input: CommandInput) {
  if (input.asJson) return planAnswer(planned);
  await runtime.writeOut(planScreen(planned, runtime.host));
  return undefined;
}

async function tellApplied(done: Done, { runtime }: CliContext, input: CommandInput) {
  if (done.applied.some(({ outcome }) => outcome === "failed")) input.exitWith(REFUSED);
  if (input.asJson) return appliedAnswer(done);
  await runtime.writeOut(appliedScreen(done, runtime.host));
  return undefined;
}

/** Clients that are there, or were asked for, and are not edited by a program. */
function handOnly(found: readonly FoundClient[], { clients }: Wanted): Client[] {
  return found
    .filter(
      ({ client, isPresent }) => client.way === "shown" && (clients.length > 0 ? clients.includes(client) : isPresent),
    )
    .map(({ client }) => client);
}

async function nothing(
  setup: Setup,
  { found, byHand, launch, wanted }: Looked,
  context: CliContext,
  input: CommandInput,
) {
  input.exitWith(NO_CLIENT);
  const [client = clientNamed("cursor")] = byHand;
  const asked = found
    .filter(({ client: { way }, isPresent }) => way === "asked" && isPresent)
    .map(({ client: { id } }) => id);
  // Who names a client wants to hear of that one; all others that setup edits are worth a look.
  const edited = found.map((one) => one.client).filter(({ way }) => way !== "shown");
  const about = wanted.clients.length > 0 ? wanted.clients : edited;
  const answer = {
    found: [...byHand.map(({ id }) => id), ...asked],
    searched: setup.searched(about),
    snippet: snippetOf(client, launch, nameOf(input)) ?? "",
  };
  if (input.asJson) return { clients: [], ...answer };
  const isNamed = wanted.clients.length > 0;
  await context.runtime.writeOut(nothingFoundScreen(answer, { byHand, asked, isNamed }, context.runtime.host));
  return undefined;
}

interface Looked {
  readonly found: readonly FoundClient[];
  readonly byHand: readonly Client[];
  readonly launch: Launch;
  readonly wanted: Wanted;
}

/** The clients whose files are changed: whoever is asked about several may name some. */
async function chosenOf(pending: readonly Plan[], context: CliContext, input: CommandInput): Promise<Set<string>> {
  const ids = [...new Set(pending.map(({ target }) => target.client.id))];
  if (ids.length < 2 || isSet(input, "yes") || !context.runtime.host.isTerminal.in || input.asJson) {
    await confirmWrite(pending.length, context, input);
    return new Set(ids);
  }
  const chosen = await confirmSome(`Change ${pending.length} files?`, ids, context.runtime);
  if (chosen.length > 0) return new Set(chosen);
  throw unchanged();
}

async function confirmWrite(files: number, context: CliContext, input: CommandInput): Promise<void> {
  if (isSet(input, "yes")) return;
  const what = `${files} ${files === 1 ? "file" : "files"}`;
  const { isTerminal } = context.runtime.host;
  if (!isTerminal.in || input.asJson) {
    throw new AppError("invalid_input", `cannot change ${what}: nobody is there to be asked`, {
      hint: "Add --yes to change them, or --dry-run to see how.",
    });
  }
  if (await confirm(`Change ${what}?`, context.runtime)) return;
  throw unchanged();
}

function unchanged(): AppError {
  return new AppError("cancelled", "nothing was changed", { hint: "Run cadre setup again when you want it." });
}

async function askAll(setup: Setup, applied: readonly Applied[]): Promise<Map<string, string>> {
  const clients = new Set(
    applied
      .filter(({ outcome, plan }) => outcome === "written" && plan.target.scope === "user")
      .map(({ plan }) => plan.target.client),
  );
  const answers = await Promise.all([...clients].map(async (client) => [client.id, await setup.ask(client)] as const));
  return new Map(answers.flatMap(([id, answer]) => (answer === undefined ? [] : [[id, answer] as const])));
}

function exampleRole({ workspace }: CliContext): string {
  try {
    return writeNewRole(workspace, "example");
  } catch (cause) {
    if (cause instanceof AppError && cause.code === "conflict") return "is there already";
    throw cause;
  }
}

function planAnswer({ plans, byHand, name }: Planned) {
  return { name, clients: plans.map(planRow), by_hand: byHand.map(({ id }) => id) };
}

function planRow({ target, state, action, reason, old }: Plan) {
  return {
    client: target.client.id,
    scope: target.scope,
    file: target.file,
    state,
    action,
    ...(reason === undefined ? {} : { reason }),
    ...(old.length === 0 ? {} : { old }),
  };
}

function appliedAnswer({ applied, asked, role, greeting, running, ...planned }: Done) {
  return {
    ...planAnswer({ ...planned, greeting, running }),
    clients: applied.map(({ plan, outcome, reason, backup }) => ({
      ...planRow(plan),
      outcome,
      reason: reason ?? plan.reason,
      backup,
      client_says: asked.get(plan.target.client.id),
      afterwards: plan.target.client.afterwards,
    })),
    running: running.map(({ id }) => id),
    ...(greeting ? { greeting: { ...greeting, tools: greeting.tools.length } } : {}),
    ...(role ? { role } : {}),
  };
}

async function undo(setup: Setup, context: CliContext, input: CommandInput) {
  const wanted = wantedOf(context, input);
  const edits = setup.undoable(wanted);
  if (isSet(input, "dry-run") || edits.length === 0) {
    if (input.asJson) return { would_undo: edits.length, edits };
    await context.runtime.writeOut(undoableScreen(edits, context.runtime.host));
    return undefined;
  }
  await confirmWrite(new Set(edits.map(({ file }) => file)).size, context, input);
  const undone = setup.undo(wanted);
  if (undone.some(({ outcome }) => outcome === "kept")) input.exitWith(REFUSED);
  if (!input.asJson) {
    await context.runtime.writeOut(undoneScreen(undone, context.runtime.host));
    return undefined;
  }
  return {
    undone: undone.map(({ edit, outcome, reason }) => ({
      client: edit.client,
      file: edit.file,
      outcome,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

async function remove(setup: Setup, context: CliContext, input: CommandInput) {
  const plans = setup.planRemovals(wantedOf(context, input));
  input.exitWith(exitFor(plans, input));
  const planned: Planned = { plans, greeting: undefined, running: [], byHand: [], name: nameOf(input), isCheck: false };
  const pending = plans.filter(({ edit }) => edit !== undefined);
  if (isSet(input, "dry-run") || pending.length === 0) return tell(planned, context, input);
  await tell(planned, context, input);
  await confirmWrite(pending.length, context, input);
  return tellApplied(
    { ...planned, applied: setup.applyRemovals(plans), asked: new Map(), role: undefined },
    context,
    input,
  );
}
