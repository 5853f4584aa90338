// What `cadre run watch` shows, as lines: a pure function of the run and of the window.

import { NANO } from "../agents/prices.ts";
import { formatDuration } from "../base/duration.ts";
import { printable } from "../base/text.ts";
import { clipToWidth, displayWidth } from "../base/text-width.ts";
import type { EventRow } from "../store/events.ts";
import type { Spent } from "../store/replies.ts";
import type { RunState, RunWait } from "../workflows/run-shown.ts";
import type { TreeStatus, TreeStep } from "../workflows/run-tree.ts";
import type { Paint } from "./output.ts";
import { bar, type Window } from "./watch-screen.ts";

/** A status is told by its mark and its word; the colour only helps. */
const MARKS: Record<TreeStatus, string> = {
  open: "[ ]",
  running: "[>]",
  waiting: "[=]",
  completed: "[x]",
  skipped: "[-]",
  failed: "[!]",
};
const COLOURS: Partial<Record<TreeStatus, "green" | "blue" | "yellow" | "red" | "grey">> = {
  running: "blue",
  waiting: "yellow",
  completed: "green",
  skipped: "grey",
  failed: "red",
};
const TITLE_COLUMNS_MIN = 16;

interface RunLook {
  readonly window: Window;
  readonly now: number;
  readonly paint: Paint;
  /** What agents say just now. */
  readonly said?: readonly { readonly agent: string; readonly text: string }[];
  /** What they have cost. */
  readonly spent?: string;
}

/** Agents whose words are shown. */
const SAID_ROWS_MAX = 12;

export function runScreen(
  state: RunState,
  steps: readonly TreeStep[],
  { window, now, paint, said = [], spent = "" }: RunLook,
): string[] {
  const { columns, rows } = window;
  const top = steps.filter(({ depth }) => depth === 0);
  const over = top.filter(({ status }) => status === "completed" || status === "skipped");
  const head = [
    clipToWidth(printable(`${state.workflow}  ${state.id}  ${state.status}`), columns),
    clipToWidth(`${bar(over.length, top.length)}${workerText(state)}${spent === "" ? "" : `  ${spent}`}`, columns),
    "",
  ];
  const foot = [...saidLines(said, columns, paint), ...footLines(state, columns, paint)];
  const room = rows === undefined ? steps.length : Math.max(1, rows - head.length - foot.length - 1);
  const shown = inView(steps, room);
  const hidden = steps.length - shown.length;
  return [
    ...head,
    ...shown.map((step) => stepLine(step, columns, now, paint)),
    ...(hidden > 0 ? [paint("grey", clipToWidth(`… ${hidden} more: cadre run show ${state.id}`, columns))] : []),
    ...foot,
  ];
}

/** The last line of what each says. */
function saidLines(said: NonNullable<RunLook["said"]>, columns: number, paint: Paint): string[] {
  if (said.length === 0) return [];
  const lines = said.slice(0, SAID_ROWS_MAX).map(({ agent, text }) => {
    const last = text.trimEnd().split("\n").at(-1) ?? "";
    const room = Math.max(SAID_CHARS_MIN, columns - agent.length - 4);
    const shown = last.length > room ? `…${last.slice(-room)}` : last;
    return paint("grey", clipToWidth(printable(`${agent}: ${shown || "thinks"}`), columns));
  });
  const more = said.length - lines.length;
  return ["", ...lines, ...(more > 0 ? [paint("grey", `… and ${more} more`)] : [])];
}

const SAID_CHARS_MIN = 20;

type Spending = Pick<Spent, "cost_nano" | "tokens" | "replies" | "unknown">;

/** What agents have cost, in a few words; nothing where there were none. */
export function spentText({ cost_nano, tokens, replies, unknown }: Spending): string {
  if (replies === 0) return "";
  const dollars = (cost_nano / NANO).toFixed(4);
  const some = unknown > 0 ? `, the price of ${unknown} unknown` : "";
  return `$${dollars}, ${tokens} tokens${some}`;
}

export function spentLines(spent: Spending): string[] {
  const text = spentText(spent);
  return text === "" ? [] : [`spent ${text}`];
}

function workerText({ worker }: RunState): string {
  if (worker === "none") return "  nobody works on it";
  return worker === "host" ? "  worked on by another cadre" : "";
}

/** What is under way is what somebody watches for: when not all fits, it starts shortly before that. */
function inView(steps: readonly TreeStep[], room: number): readonly TreeStep[] {
  if (steps.length <= room) return steps;
  const first = steps.findIndex(({ status }) => status === "running" || status === "waiting");
  const from = Math.max(0, Math.min(first - 1, steps.length - room));
  return steps.slice(from, from + room);
}

function stepLine(step: TreeStep, columns: number, now: number, paint: Paint): string {
  const lead = `${"  ".repeat(step.depth)}${MARKS[step.status]} `;
  const facts = [step.kind, step.status, ...factsOf(step, now)].join(", ");
  const room = columns - displayWidth(lead);
  // The title gives way to what changes, down to a few words of it.
  const title = clipToWidth(printable(step.title), Math.max(TITLE_COLUMNS_MIN, room - displayWidth(facts) - 2));
  const colour = COLOURS[step.status];
  const text = clipToWidth(`${lead}${title}  ${facts}`, columns);
  return colour ? paint(colour, text) : text;
}

function factsOf({ kind, done, total, failed, since_ms, took_ms }: TreeStep, now: number): string[] {
  return [
    ...(kind === "map" && total > 0 ? [bar(done, total)] : total > 1 ? [`${done}/${total}`] : []),
    ...(failed > 0 && total > 1 ? [`${failed} failed`] : []),
    ...(since_ms === undefined ? [] : [`for ${formatDuration(Math.max(0, now - since_ms))}`]),
    ...(took_ms === undefined ? [] : [formatDuration(took_ms)]),
  ];
}

function footLines({ id, waits_for: waits = [], failure }: RunState, columns: number, paint: Paint): string[] {
  const lines = [
    ...waits.map((wait) => waitLine(wait, id)),
    ...(failure ? [`failed: ${failure.message}`, ...(failure.hint ? [`→ ${failure.hint}`] : [])] : []),
  ];
  if (lines.length === 0) return [];
  return ["", ...lines.map((line) => paint(failure ? "red" : "yellow", clipToWidth(printable(line), columns)))];
}

/** What somebody has to do, in one line. */
export function waitLine({ step, kind, task, signal, message }: RunWait, run: string): string {
  if (task) return `${step} waits for ${task}: cadre task start ${task}`;
  const how = `cadre run signal ${run} ${signal}`;
  return kind === "gate" ? `${step} asks: ${message ?? ""} Answer: ${how} true` : `${step} waits for a signal: ${how}`;
}

/** One event of a run as a line. */
export function runEventLine({ at_ms, type, data }: EventRow): string {
  const error = data["error"] as { readonly message?: string } | undefined;
  const { step, signal, done, total, at } = data;
  const far = done === undefined ? undefined : [total === undefined ? `${done}` : `${done} of ${total}`, at];
  const told = [step, signal, far?.join(" "), error?.message].filter((value) => typeof value === "string");
  return printable(`${new Date(at_ms).toISOString().slice(11, 19)} ${type} ${told.join(": ")}`.trimEnd());
}
