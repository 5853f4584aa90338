// A client that understands nothing: it does what the words of a hint say, letter by letter. What it cannot follow, a
// model would have to guess.
import { toolsAndAliases } from "../../src/tools/index.ts";

export interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type Answer = Record<string, unknown>;

export interface Refused {
  readonly message: string;
  readonly hint: string;
}

export type Outcome = { readonly answer: Answer } | { readonly refused: Refused };

export type CallTool = (call: Call) => Promise<Outcome>;

/** How the client reaches the tools, and how it waits. */
export interface Client {
  readonly call: CallTool;
  wait(ms: number): void;
}

/** What a rule made of a hint: calls to make now; whether the refused call is to be made again, and how it reads then. */
interface Step {
  readonly calls?: readonly Call[];
  readonly again?: Call;
}

type Rule = (wrong: Call, refused: Refused, client: Client) => Promise<Step | undefined> | Step | undefined;

const ID = /\b(?:task|session|artifact)_[0-9a-f]{12}\b/;
const BECAUSE = "because the hint says so";
const STEPS_MAX = 6;

/** Follows hints from one refusal to the next until a call is answered; the last answer. */
export async function followHints(first: Call, client: Client, stepsMax = STEPS_MAX): Promise<Answer> {
  const outcome = await client.call(first);
  if ("answer" in outcome) return outcome.answer;
  if (stepsMax === 0) throw new Error(`${first.tool} was still refused: ${outcome.refused.message}`);
  const { calls = [], again } = await read(first, outcome.refused, client);
  const [last = again, ...before] = [again, ...calls.toReversed()].filter((call) => call !== undefined);
  for (const call of before.toReversed()) await followHints(call, client, stepsMax - 1);
  if (last === undefined) throw new Error(`nothing to do in: ${outcome.refused.hint}`);
  return followHints(last, client, stepsMax - 1);
}

async function read(wrong: Call, refused: Refused, client: Client): Promise<Step> {
  for (const rule of RULES) {
    const step = await rule(wrong, refused, client);
    if (step) return step;
  }
  throw new Error(`no rule reads this hint: ${refused.message} → ${refused.hint}`);
}

const RULES: readonly Rule[] = [
  // It is to be retried in 2 s: wait until then.
  (wrong, { message, hint }, client) => {
    const [, seconds] = /retried in (\d+) s/.exec(message) ?? [];
    if (seconds === undefined || !hint.startsWith("Wait until then")) return undefined;
    client.wait(Number(seconds) * 1_000);
    return { again: wrong };
  },
  // Did you mean X?
  (wrong, { message, hint }) => {
    const meant = /[Dd]id you mean "?([\w-]+)"?\?/.exec(`${hint} ${message}`)?.[1];
    return meant === undefined ? undefined : { again: renamed(wrong, message, meant) };
  },
  // Give X inside options.
  (wrong, { hint }) => {
    const [, key] = /Give (\w+) inside options/.exec(hint) ?? [];
    if (key === undefined) return undefined;
    const { [key]: moved, ...input } = wrong.input;
    return { again: { ...wrong, input: { ...input, options: { ...(input["options"] as object), [key]: moved } } } };
  },
  // Ids stand in task_list; give it a few words of the title as text.
  async (wrong, { message, hint }, client) => {
    const [, list] = /Ids stand in (\w+_list); give it a few words of the title as text/.exec(hint) ?? [];
    const [, path = ""] = /([\w.]+): expected an id/.exec(message) ?? [];
    if (list === undefined) return undefined;
    const title = String(path.split(".").reduce((value: unknown, key) => (value as Answer)[key], wrong.input));
    const found = await followHints({ tool: list, input: { text: title } }, client);
    return { again: replaced(wrong, title, firstId(found)) };
  },
  // List the tasks with task_list.
  async (wrong, { message, hint }, client) => {
    const [, list] = /List \w+(?: \w+)? with (\w+_list)/.exec(hint) ?? [];
    const unknown = ID.exec(message)?.[0];
    if (list === undefined || unknown === undefined) return undefined;
    return { again: replaced(wrong, unknown, firstId(await followHints({ tool: list, input: {} }, client))) };
  },
  // It is a part of task_…: give that.
  (wrong, { message, hint }) => {
    const [, whole] = /part of (\w+): give that/.exec(hint) ?? [];
    return whole === undefined ? undefined : { again: replaced(wrong, ID.exec(message)?.[0] ?? "", whole) };
  },
  // Begin with piece 1; the next piece is 2.
  (wrong, { hint }) => {
    const [, piece] = /(?:begin with|next) piece (?:is )?(\d+)/.exec(hint) ?? [];
    return piece === undefined ? undefined : { again: { ...wrong, input: { ...wrong.input, piece: Number(piece) } } };
  },
  // Take one of these needs out.
  (wrong, { message, hint }) => {
    const [, title, need] = /"([^"]+)" needs "([^"]+)"/.exec(message) ?? [];
    if (!/Take one of these needs out/.test(hint) || title === undefined || need === undefined) return undefined;
    const tasks = wrong.input["tasks"] as { title: string; needs?: string[] }[];
    const without = tasks.map((task) =>
      task.title === title ? { ...task, needs: task.needs?.filter((given) => given !== need) } : task,
    );
    return { again: { ...wrong, input: { ...wrong.input, tasks: without } } };
  },
  // Set it to X with task_update, then start it with task_start; or: retry it with task_update status X.
  (wrong, { message, hint }) => {
    const [, first, second] = /set it to (\w+) with task_update|task_update status (\w+)/i.exec(hint) ?? [];
    const status = first ?? second;
    if (status === undefined) return undefined;
    const id = ID.exec(hint)?.[0] ?? ID.exec(message)?.[0];
    const calls = [{ tool: "task_update", input: { id, status, options: { note: BECAUSE } } }];
    return { calls, again: wrong };
  },
  // task_start without an id.
  (_wrong, { hint }) =>
    /task_start without an id/.test(hint) ? { calls: [{ tool: "task_start", input: {} }] } : undefined,
  // Start it first with task_start; start it again with task_start to get a new lease.
  (wrong, { message, hint }) => {
    if (!/[Ss]tart it (?:first|again) with task_start/.test(hint)) return undefined;
    const { lease: _lease, ...input } = wrong.input;
    const calls = [{ tool: "task_start", input: { id: ID.exec(message)?.[0] } }];
    return { calls, again: { ...wrong, input } };
  },
  // That is final: make a new one with task_create.
  (wrong, { hint }) =>
    /make a new one with task_create/.test(hint)
      ? { calls: [{ tool: "task_create", input: { title: `Instead of ${String(wrong.input["id"])}` } }] }
      : undefined,
  // tasks.1.title: expected string, received undefined.
  (wrong, { message }) => {
    const [, path] = /([\w.]+): Invalid input: expected string, received undefined/.exec(message) ?? [];
    return path === undefined ? undefined : { again: filled(wrong, path.split(".")) };
  },
  // X has all of them; see Y with Z: any other tool that stands there, with nothing.
  (_wrong, { hint }) => {
    const tool = toolsAndAliases.find(({ name }) => new RegExp(`\\b${name}\\b`).test(hint) && !/takes/.test(hint));
    return tool === undefined ? undefined : { calls: [{ tool: tool.name, input: {} }] };
  },
];

/** The name or the text of the call that the message speaks of last, as the word that was meant. */
function renamed(wrong: Call, message: string, meant: string): Call {
  const [said = message] = message.split(/did you mean/i);
  if (said.startsWith("no tool")) return { ...wrong, tool: meant };
  const place = (word: string) =>
    [...said.matchAll(new RegExp(`(?<![\\w-])${RegExp.escape(word)}(?![\\w-])`, "g"))].at(-1);
  const words = [...keysIn(wrong.input), ...textsIn(wrong.input)].filter((word) => word !== meant && place(word));
  const [word = ""] = words.sort((a, b) => (place(b)?.index ?? 0) - (place(a)?.index ?? 0));
  return replaced(wrong, word, meant);
}

function replaced(call: Call, from: string, to: string): Call {
  const text = JSON.stringify(call.input).replaceAll(JSON.stringify(from), JSON.stringify(to));
  return { ...call, input: JSON.parse(text) as Call["input"] };
}

/** The same call, with some text at this place. */
function filled(call: Call, path: readonly string[]): Call {
  const input = structuredClone(call.input);
  const inner = path.slice(0, -1).reduce((value: unknown, key) => (value as Answer)[key], input) as Answer;
  inner[path.at(-1) ?? ""] = BECAUSE;
  return { ...call, input };
}

function firstId(answer: Answer): string {
  const id = ID.exec(JSON.stringify(answer))?.[0];
  if (id === undefined) throw new Error(`no id in ${JSON.stringify(answer)}`);
  return id;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}

function keysIn(value: unknown): string[] {
  if (!value || typeof value !== "object") return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}
