// What `cadre run watch` shows, as lines: a pure function of the run and of the window.
import { formatDuration } from "../base/duration.ts";
import { printable } from "../base/text.ts";
import { clipToWidth, displayWidth } from "../base/text-width.ts";
import type { EventRow } from "../store/events.ts";
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

export function runScreen(
  state: RunState,
  steps: readonly TreeStep[],
  { window, now, paint }: { readonly window: Window; readonly now: number; readonly paint: Paint },
): string[] {
  const { columns, rows } = window;
  const top = steps.filter(({ depth }) => depth === 0);
  const over = top.filter(({ status }) => status === "completed" || status === "skipped");
  const head = [
    clipToWidth(printable(`${state.workflow}  ${state.id}  ${state.status}`), columns),
    clipToWidth(`${bar(over.length, top.length)}${workerText(state)}`, columns),
    "",
  ];
  const foot = footLines(state, columns, paint);
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
  const told = [data["step"], data["signal"], error?.message].filter((value) => typeof value === "string");
  return printable(`${new Date(at_ms).toISOString().slice(11, 19)} ${type} ${told.join(": ")}`.trimEnd());
}
