import { formatBytes } from "../base/bytes.ts";
import { formatDuration } from "../base/duration.ts";
import { WATCH_TICK_MS } from "../base/limits.ts";
import { clip, printable } from "../base/text.ts";
import { type HeldNow, type ProcessNow, type Status, StatusWatch } from "../doctor/status.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";
import { painter } from "./output.ts";
import { Picture } from "./picture.ts";

const TITLE_CHARS = 60;
const ROWS_MAX = 10;

export async function runStatus(
  context: CliContext,
  input: CommandInput,
): Promise<Record<string, unknown> | undefined> {
  const { sql, workspaces, cluster, sessions } = await context.open();
  const { runtime, clock, config, databasePath, version } = context;
  const watch = new StatusWatch({ runtime, clock, config, databasePath, version, sql, workspaces, cluster, sessions });
  if (isSet(input, "watch")) {
    await follow(watch, context, input);
    return undefined;
  }
  const status = await watch.now();
  if (input.asJson) return status;
  await runtime.writeOut(`${screen(status, context).join("\n")}\n`);
  return undefined;
}

async function follow(watch: StatusWatch, context: CliContext, input: CommandInput): Promise<void> {
  const { runtime, clock, signal } = context;
  const isPicture = !input.asJson && runtime.host.isTerminal.out;
  const picture = new Picture(runtime);
  if (isPicture) await picture.open();
  try {
    while (!signal.aborted) {
      const status = await watch.now();
      if (isPicture) await picture.draw(screen(status, context).slice(0, runtime.host.rows));
      else await runtime.writeOut(`${input.asJson ? JSON.stringify(status) : screen(status, context).join("\n")}\n`);
      await clock.sleep(WATCH_TICK_MS, signal);
    }
  } finally {
    if (isPicture) await picture.close();
  }
}

function screen(status: Status, { runtime, clock }: CliContext): string[] {
  const paint = painter(runtime.host);
  const row = (key: string, text: string) => `${paint("grey", key.padEnd(KEY_WIDTH))} ${printable(text)}`;
  const { database_bytes: bytes, wal_bytes: wal } = status;
  const size = bytes === undefined ? "" : `  ${formatBytes(bytes)}${wal ? `, log ${formatBytes(wal)}` : ""}`;
  const now = clock.now();
  const lost = status.interrupted_runs === 0 ? "" : `, ${status.interrupted_runs} interrupted`;
  const waits = status.lag_ms > 0 ? `, the oldest has waited ${formatDuration(status.lag_ms)}` : "";
  return [
    row("cadre", `${status.version}, ${status.health}`),
    row("database", status.database + size),
    row("server", status.server),
    row("tasks", counts(status.tasks) || "none"),
    row("runs", (counts(status.runs) || "none under way") + lost + waits),
    ...list("held", status.held, (held) => heldLine(held, now), row),
    ...list("interrupted", status.interrupted, (held) => heldLine(held, now), row),
    ...list("processes", status.processes, processLine, row),
  ];
}

const KEY_WIDTH = 12;

function counts(numbers: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(numbers)
    .filter(([, number]) => (number ?? 0) > 0)
    .map(([name, number]) => `${name} ${number}`)
    .join(", ");
}

function list<T>(
  key: string,
  rows: readonly T[],
  say: (row: T) => string,
  line: (key: string, text: string) => string,
) {
  if (rows.length === 0) return [line(key, "none")];
  const shown = rows.slice(0, ROWS_MAX).map((row, at) => line(at === 0 ? key : "", say(row)));
  return rows.length > ROWS_MAX ? [...shown, line("", `and ${rows.length - ROWS_MAX} more`)] : shown;
}

function heldLine({ task, title, by, until_ms }: HeldNow, now: number): string {
  const left = until_ms > now ? ` for ${formatDuration(until_ms - now)}` : "";
  return `${task}  ${clip(title, TITLE_CHARS)}  by ${by}${left}`;
}

function processLine({ pid, cpu_percent: cpu, rss_bytes: rss }: ProcessNow): string {
  return [
    `${pid}`,
    ...(cpu === undefined ? [] : [`${cpu} % processor`]),
    ...(rss === undefined ? [] : [formatBytes(rss)]),
  ].join("  ");
}
