// What `cadre session watch` shows, as lines: a pure function of what is there and of the window.
import { formatDuration } from "../base/duration.ts";
import { printable } from "../base/text.ts";
import { clipToWidth, displayWidth } from "../base/text-width.ts";
import type { TaskStatus } from "../base/transitions.ts";
import type { EventRow } from "../store/events.ts";
import type { SessionTree, TreeTask } from "../tasks/session-tree.ts";
import type { Paint } from "./output.ts";

export interface Window {
  readonly columns: number;
  /** Without a number, everything is shown. */
  readonly rows?: number | undefined;
}

/** A status is told by its mark and its word; the colour only helps. */
const MARKS: Record<TaskStatus, string> = {
  pending: "[ ]",
  active: "[>]",
  blocked: "[=]",
  completed: "[x]",
  failed: "[!]",
  cancelled: "[-]",
};
const COLOURS: Partial<Record<TaskStatus, "green" | "blue" | "yellow" | "red" | "grey">> = {
  active: "blue",
  blocked: "yellow",
  completed: "green",
  failed: "red",
  cancelled: "grey",
};
const BAR_COLUMNS = 20;
const RECENT_ROWS = 5;

export function watchScreen(
  tree: SessionTree,
  recent: readonly EventRow[],
  { window, now, paint }: { readonly window: Window; readonly now: number; readonly paint: Paint },
): string[] {
  const { columns, rows } = window;
  const head = headLines(tree, columns);
  const last = recent.slice(-RECENT_ROWS).map((event) => paint("grey", clipToWidth(eventLine(event), columns)));
  const foot = last.length > 0 ? ["", ...last] : [];
  const room = rows === undefined ? tree.tasks.length : Math.max(1, rows - head.length - foot.length - 1);
  const tasks = inView(tree.tasks, room);
  const hidden = tree.tasks.length - tasks.length + tree.more;
  return [
    ...head,
    ...tasks.map((task) => taskLine(task, columns, now, paint)),
    ...(hidden > 0 ? [paint("grey", clipToWidth(`… ${hidden} more: cadre session status`, columns))] : []),
    ...foot,
  ];
}

/** What is at work is what somebody watches for: when not all fits, it starts at the first of these. */
function inView(tasks: readonly TreeTask[], room: number): readonly TreeTask[] {
  if (tasks.length <= room) return tasks;
  const first = tasks.findIndex(({ status, depth }) => status === "active" && depth > 0);
  const above = room > 2 ? 1 : 0;
  const from = Math.max(0, Math.min(first - above, tasks.length - room));
  return tasks.slice(from, from + room);
}

function headLines({ session, counts }: SessionTree, columns: number): string[] {
  const { completed = 0, cancelled = 0 } = counts;
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0) - cancelled;
  const name = session ? `${session.title || session.id}  ${session.status}` : "all sessions";
  const numbers = Object.entries(counts).map(([status, number]) => `${status} ${number}`);
  return [
    clipToWidth(printable(name), columns),
    clipToWidth(`${bar(completed, total)}  ${numbers.join("  ") || "nothing is planned: cadre task plan"}`, columns),
    "",
  ];
}

export function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.floor((done / total) * BAR_COLUMNS);
  const percentage = total === 0 ? 0 : Math.floor((done / total) * 100);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_COLUMNS - filled)}] ${done}/${total} ${percentage} %`;
}

function taskLine(task: TreeTask, columns: number, now: number, paint: Paint): string {
  const { status, depth } = task;
  const facts = factsOf(task, now);
  const lead = `${"  ".repeat(depth)}${MARKS[status]} `;
  const tail = facts.length > 0 ? `  ${facts.join(", ")}` : "";
  const room = columns - displayWidth(lead);
  // The title gives way to what changes, down to a few words of it.
  const title = clipToWidth(printable(task.title), Math.max(TITLE_COLUMNS_MIN, room - displayWidth(tail)));
  const text = clipToWidth(`${lead}${title}${tail}`, columns);
  const colour = COLOURS[status];
  return colour ? paint(colour, text) : text;
}

const TITLE_COLUMNS_MIN = 16;

function factsOf({ status, progress, held, waits_for, draft_chars, attempts }: TreeTask, now: number): string[] {
  return [
    ...(progress ? [bar(progress.completed, progress.total)] : [status]),
    ...(held
      ? [held.ended ? `left by ${printable(held.by)}` : `${printable(held.by)} for ${ageOf(held.since_ms, now)}`]
      : []),
    ...(draft_chars ? [`draft ${draft_chars.toLocaleString("en-US")} characters`] : []),
    ...(waits_for ? [`waits for ${waits_for}`] : []),
    ...(attempts ? [`attempt ${attempts}`] : []),
  ];
}

/** Whole seconds, minutes, hours: nobody reads tenths from a screen that moves. */
function ageOf(sinceMs: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - sinceMs) / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m` : formatDuration(Math.floor(minutes / 60) * 3_600_000);
}

/** One event as a line: when, what, to which, and what a person wants to know of it. */
export function eventLine({ at_ms, type, subject, data }: EventRow): string {
  const told = ["title", "status", "holder", "summary", "note", "chars"].flatMap((name) => {
    const value = data[name];
    return typeof value === "string" || typeof value === "number" ? [`${name} ${value}`] : [];
  });
  return printable(`${new Date(at_ms).toISOString().slice(11, 19)} ${type} ${subject} ${told.join(", ")}`.trimEnd());
}
