import type { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { clip, printable } from "../base/text.ts";
import type { Host } from "../runtime/runtime.ts";

type TerminalHost = Pick<Host, "env" | "isTerminal" | "columns">;

/** What a command prints on stdout: the same object as every other face as JSON, or its rows for people. */
export function render(value: Record<string, unknown>, asJson: boolean, host: TerminalHost): string {
  if (asJson) return `${JSON.stringify(value, null, 2)}\n`;
  const paint = painter(host);
  const rows = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const width = Math.max(KEY_WIDTH_MIN, ...rows.map(([key]) => key.length));
  return rows.map(([key, inner]) => block(key, inner, width, paint, host.columns)).join("");
}

/** What went wrong, and the next step, on stderr. */
export function renderError(error: AppError, host: TerminalHost): string {
  const paint = painter(host, "err");
  return `${paint("red", "error")} ${printable(error.message)}\n  → ${printable(error.hint)}\n`;
}

const COLOURS = { red: 31, green: 32, yellow: 33, blue: 34, grey: 90 } as const;
export type Paint = (colour: keyof typeof COLOURS, text: string) => string;

export function painter(host: TerminalHost, stream: "out" | "err" = "out"): Paint {
  const isColoured = host.isTerminal[stream] && !host.env["NO_COLOR"] && host.env["TERM"] !== "dumb";
  return (colour, text) => (isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
}

function block(key: string, value: unknown, width: number, paint: Paint, columns: number): string {
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) return `${table(value, paint, columns)}\n`;
  if (typeof value === "string" && value.includes("\n")) return `${printable(value)}\n`;
  if (isProse(value)) return `${paint("grey", key)}\n${value.map((line) => `  - ${printable(line)}\n`).join("")}`;
  const flat = Array.isArray(value) ? value.map((inner) => cell(key, inner)).join(", ") : cell(key, value);
  const text = isRecord(value) ? words(value) : flat;
  return `${paint("grey", key.padEnd(width))} ${printable(text)}\n`;
}

/** Texts that hold commas themselves, or are long, stand each on a line of its own. */
function isProse(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) return false;
  return value.some((one) => one.includes(", ") || one.length > WORDS_CHARS_MAX);
}

const WORDS_CHARS_MAX = 60;
const KEY_WIDTH_MIN = 12;
/** No duration is as long: what is larger is a date. */
const YEAR_2000_MS = 946_684_800_000;
const CELL_WIDTH_MIN = 8;

/** Columns as wide as their widest cell; the widest column gives way when the terminal is narrow. */
function table(rows: readonly Record<string, unknown>[], paint: Paint, columns: number): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => keys.map((key) => printable(cell(key, row[key]).replaceAll(/\s+/g, " "))));
  const widths = keys.map((key, at) => Math.max(key.length, ...cells.map((line) => line[at]?.length ?? 0)));
  const gaps = 2 * (keys.length - 1);
  const over = widths.reduce((sum, width) => sum + width, 0) + gaps - columns;
  const widest = widths.indexOf(Math.max(...widths));
  if (over > 0) widths[widest] = Math.max(CELL_WIDTH_MIN, (widths[widest] ?? 0) - over);
  const column = (text: string, at: number) => {
    const shown = clip(text, widths[at] ?? 0);
    const colour = keys[at] === "status" ? STATUS.get(text) : undefined;
    return (colour ? paint(colour, shown) : shown) + " ".repeat((widths[at] ?? 0) - shown.length);
  };
  const line = (texts: readonly string[]) => texts.map(column).join("  ").trimEnd();
  return [paint("grey", line(keys)), ...cells.map(line)].join("\n");
}

const STATUS: ReadonlyMap<string, keyof typeof COLOURS> = new Map([
  ["completed", "green"],
  ["active", "blue"],
  ["blocked", "yellow"],
  ["failed", "red"],
]);

/** A point in time is a number of milliseconds in every answer; people read it as a date. */
function cell(key: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (key.endsWith("_ms") && typeof value === "number" && value > YEAR_2000_MS) return new Date(value).toISOString();
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  if (isRecord(value) && Object.values(value).every((one) => typeof one !== "object")) return words(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `critical 4, high 5`. */
function words(record: Record<string, unknown>): string {
  return Object.entries(record)
    .map(([name, inner]) => `${name} ${cell(name, inner)}`)
    .join(", ");
}
