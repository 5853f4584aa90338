// Runs from a terminal: begun and followed in one command, which works on them itself, and can be left and taken up
// again. What needs an answer is asked for where somebody can give it.
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { WATCH_FRAME_MS } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import { RUN_ENDS } from "../base/transitions.ts";
import type { Call } from "../tools/tool.ts";
import type { RunState, RunWait } from "../workflows/run-shown.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";
import { painter, render } from "./output.ts";
import { Picture } from "./picture.ts";
import { runEventLine, runScreen, spentLines, spentText, waitLine } from "./run-screen.ts";
import { callOf } from "./tool-command.ts";

type OpenApp = Awaited<ReturnType<CliContext["open"]>>;

const runStart: Command = {
  words: ["run", "start"],
  summary: "Starts a workflow and follows it to its end; interrupted, it stays, and cadre run watch goes on with it.",
  positional: ["workflow", "inputs…"],
  flags: {
    input: { kind: "list", help: "NAME=VALUE, like what follows the workflow; may be given more than once." },
    detach: { kind: "boolean", help: "Only start it; another cadre goes on with it, or the next that runs." },
    timeout: { kind: "text", help: 'It fails when it is not over by then, like "2h".' },
    budget: { kind: "text", help: "What its agents may spend at most, like 2usd, or 200k for tokens." },
    executor: {
      kind: "text",
      help: "Who does the work of agents: server asks models, client leaves it to you as tasks.",
    },
    priority: { kind: "text", help: "The lower, the sooner; 5 if not given." },
    "idempotency-key": { kind: "text", help: "Asked twice with one key, it is started once." },
    plain: { kind: "boolean", help: "No picture: one line for each change." },
  },
  run: async (context, input) => {
    const { workflow } = input.values;
    if (workflow === undefined) {
      throw new AppError("invalid_input", "cannot start a run: no workflow was given", {
        hint: "Write it like: cadre run start release-checklist version=1.4.0; cadre workflow list names them.",
      });
    }
    const app = await context.open();
    if (!isSet(input, "detach")) app.worker.start();
    const { toolbox } = context;
    const given = {
      workflow,
      inputs: Object.fromEntries([...(input.flags["input"] ?? []), ...input.rest].map(givenInput)),
      wait: "0s",
      ...flagged(input, "idempotency-key", "idempotency_key"),
      options: {
        ...flagged(input, "timeout"),
        ...flagged(input, "budget"),
        ...flagged(input, "executor"),
        ...priorityOf(input),
      },
    };
    const started = await toolbox.call(toolbox.find("run_start"), given, callOf(context, input.requestId));
    if (isSet(input, "detach")) return started;
    return follow(context, app, input, String(started["id"]));
  },
};

const runWatch: Command = {
  words: ["run", "watch"],
  summary: "Shows a run live until it is over, and goes on with it when no other cadre does; the newest, if not named.",
  positional: ["id?"],
  flags: {
    plain: { kind: "boolean", help: "No picture: one line for each change." },
    once: { kind: "boolean", help: "How it stands now, and no more." },
  },
  run: async (context, input) => {
    const app = await context.open();
    const { toolbox } = context;
    const call = callOf(context, input.requestId);
    const id = input.values["id"] ?? (await newestOpen(context, call));
    const state = (await toolbox.call(toolbox.find("run_show"), { id, steps: 0 }, call)) as RunState;
    if (isSet(input, "once")) {
      if (input.asJson) return { ...(await app.workflowRuns.state(id)), steps: await app.workflowRuns.tree(id) };
      await print(context, await screen(context, app, id, context.runtime.host.columns));
      return undefined;
    }
    if (state.worker === "none") app.worker.start();
    return follow(context, app, input, id);
  },
};

async function newestOpen({ toolbox }: CliContext, call: Call): Promise<string> {
  const { runs } = (await toolbox.call(toolbox.find("run_list"), { status: "open", limit: 1 }, call)) as {
    runs: readonly Pick<RunState, "id">[];
  };
  const [newest] = runs;
  if (newest) return newest.id;
  throw new AppError("not_found", "nothing to watch: no run of this project is under way", {
    hint: "Name one that is over, like cadre run watch run_0123456789ab; cadre run list names them.",
  });
}

function givenInput(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new AppError("invalid_input", `cannot read the input ${printable(text)}`, {
    hint: "Inputs are written like version=1.4.0; cadre workflow show ID names them.",
  });
}

function flagged(input: CommandInput, flag: string, key = flag): Record<string, string> {
  const value = input.flags[flag]?.at(-1);
  return value === undefined ? {} : { [key]: value };
}

function priorityOf(input: CommandInput): { priority?: number } {
  const value = input.flags["priority"]?.at(-1);
  return value === undefined ? {} : { priority: Number(value) };
}

/** Until the run is over, waits for what nobody can give here, or whoever looks on goes. */
export async function follow(
  context: CliContext,
  app: OpenApp,
  input: CommandInput,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const { isTerminal } = context.runtime.host;
  const isLive = isTerminal.out && !isSet(input, "plain") && !input.asJson;
  const answers = isTerminal.in && isTerminal.out && !input.asJson ? new Answers(context) : undefined;
  const state = isLive
    ? await draw(context, app, id, answers)
    : await tell(context, app, id, { isQuiet: input.asJson, answers });
  if (state.status === "failed") input.exitWith(1);
  if (state.status === "cancelled") input.exitWith(CANCELLED_EXIT);
  if (input.asJson) return { ...state };
  await print(context, [...endLines(context, state), ...spentLines(await app.agents.spent(id))]);
  return undefined;
}

const CANCELLED_EXIT = 130;
const SOON_MS = 5;

function endLines(context: CliContext, state: RunState): string[] {
  const isOver = RUN_ENDS.includes(state.status);
  const lines = [`${state.workflow} ${state.id} ${state.status}`];
  const { failure } = state;
  if (failure) lines.push(`  ${failure.message}`);
  if (failure?.hint !== undefined) lines.push(`  → ${failure.hint}`);
  if (failure) lines.push(`  → cadre run retry ${state.id}`);
  const { output } = state;
  if (output !== undefined && output !== null) {
    const shown = isRecord(output) ? output : { output };
    lines.push(render(shown, false, context.runtime.host).trimEnd());
  }
  if (!isOver) lines.push(...(state.waits_for ?? []).map((wait) => `  ${waitLine(wait, state.id)}`));
  if (!isOver) lines.push(`  → it goes on with: cadre run watch ${state.id}`);
  return lines;
}

/** Over, or up to somebody who is not here. */
function isSettled(state: RunState, answers: Answers | undefined): boolean {
  if (RUN_ENDS.includes(state.status)) return true;
  const waits = state.waits_for ?? [];
  return state.status === "waiting" && waits.length > 0 && answers === undefined;
}

interface Telling {
  readonly isQuiet: boolean;
  readonly answers: Answers | undefined;
}

async function tell(context: CliContext, app: OpenApp, id: string, { isQuiet, answers }: Telling): Promise<RunState> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  let told = 0;
  let isTelling = !isQuiet;
  const telling = (async () => {
    if (isQuiet) return;
    try {
      // What happened before is told, too: whoever comes later sees the same lines.
      for await (const batch of app.feed.follow({ after: 0, filter: { subject: id }, signal })) {
        await print(context, batch.map(runEventLine));
        told = Number(batch.at(-1)?.data["n"]);
      }
    } finally {
      isTelling = false;
    }
  })();
  try {
    for (;;) {
      const state = await app.workflowRuns.state(id);
      await answers?.ask(app, state);
      if (isSettled(state, answers) || context.signal.aborted) return state;
      await context.clock.sleep(WATCH_FRAME_MS, signal);
    }
  } finally {
    // The last events are on their way.
    const last = await app.workflowRuns.eventsOf(id);
    while (isTelling && !context.signal.aborted && told < last) await context.clock.sleep(SOON_MS, signal);
    over.abort();
    await telling;
  }
}

async function draw(context: CliContext, app: OpenApp, id: string, answers: Answers | undefined): Promise<RunState> {
  const { runtime, clock, signal } = context;
  const picture = new Picture(runtime);
  await picture.open();
  try {
    for (;;) {
      const state = await app.workflowRuns.state(id);
      if (answers?.hasQuestion(state)) {
        await picture.close();
        await answers.ask(app, state);
        await picture.open();
        continue;
      }
      if (isSettled(state, answers) || signal.aborted) return state;
      const lines = await screen(context, app, id, runtime.host.columns, runtime.host.rows);
      await picture.draw(lines);
      await clock.sleep(WATCH_FRAME_MS, signal);
    }
  } finally {
    await picture.close();
  }
}

async function screen(
  { runtime, clock }: CliContext,
  app: OpenApp,
  id: string,
  columns: number,
  rows?: number,
): Promise<string[]> {
  const [state, steps] = [await app.workflowRuns.state(id), await app.workflowRuns.tree(id)];
  const said = RUN_ENDS.includes(state.status) ? [] : await app.agents.openTexts(id);
  const look = { window: { columns, rows }, now: clock.now(), paint: painter(runtime.host) };
  return runScreen(state, steps, { ...look, said, spent: spentText(await app.agents.spent(id)) });
}

/** Whoever sits at the terminal decides about gates. */
class Answers {
  readonly #context: CliContext;
  readonly #asked = new Set<string>();
  #lines: AsyncIterator<string> | undefined;

  constructor(context: CliContext) {
    this.#context = context;
  }

  hasQuestion(state: RunState): boolean {
    return this.#question(state) !== undefined;
  }

  async ask(app: OpenApp, state: RunState): Promise<void> {
    const wait = this.#question(state);
    if (!wait?.signal) return;
    this.#asked.add(keyOf(wait));
    const { runtime } = this.#context;
    const details = wait.details === undefined ? "" : `${printable(JSON.stringify(wait.details, null, 2))}\n`;
    await runtime.writeOut(`${printable(wait.message ?? wait.step)}\n${details}yes, or why not: `);
    const answer = (await this.#line()).trim();
    if (answer === "") return;
    const isYes = /^y(es)?$/i.test(answer);
    const data = isYes ? true : { approved: false, ...(/^no?$/i.test(answer) ? {} : { note: answer }) };
    await app.workflowRuns.signal(wait.run ?? state.id, wait.signal, data);
  }

  #question({ waits_for: waits = [] }: RunState): RunWait | undefined {
    return waits.find((wait) => wait.kind === "gate" && !this.#asked.has(keyOf(wait)));
  }

  async #line(): Promise<string> {
    this.#lines ??= linesOf(this.#context.runtime.stdin());
    const next = await this.#lines.next();
    return next.done ? "" : next.value;
  }
}

function keyOf({ run = "", step }: RunWait): string {
  return `${run} ${step}`;
}

async function* linesOf(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of stdin) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function print({ runtime }: CliContext, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await runtime.writeOut(lines.map((line) => `${line}\n`).join(""));
}

export const runCommands: readonly Command[] = [runStart, runWatch];
