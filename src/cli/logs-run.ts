import { parseDuration } from "../base/duration.ts";
import { AppError } from "../base/errors.ts";
import { LOG_LINES_SHOWN, LOG_LINES_SHOWN_MAX, LOG_LOOK_MS } from "../base/limits.ts";
import { LOG_LEVELS, type LogLevel } from "../base/log-level.ts";
import { printable } from "../base/text.ts";
import { fieldsText } from "../observe/log.ts";
import { logFolder } from "../observe/log-file.ts";
import { type KeptLine, LogFollower, lastLines, type Wanted } from "../observe/log-reader.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";
import { type Paint, painter } from "./output.ts";

const COLOURS = { debug: "grey", info: "blue", warn: "yellow", error: "red" } as const;

export async function runLogs(context: CliContext, input: CommandInput): Promise<Record<string, unknown> | undefined> {
  const { runtime, clock, config, signal } = context;
  const folder = logFolder(config.folders.data);
  const wanted = { level: levelOf(input), sinceMs: sinceOf(input, clock.now()) };
  const count = countOf(input);
  const follows = isSet(input, "follow");
  const follower = new LogFollower(folder);
  const lines = lastLines(folder, wanted, count);
  if (input.asJson && !follows) return { folder, lines: lines.map((line) => ({ ...line })) };
  const say = sayer(context, input);
  if (lines.length === 0 && !follows) {
    runtime.host.writeErr(
      `Nothing yet in ${folder}: servers write there what goes wrong, and what they do by themselves.\n`,
    );
  }
  await say(lines);
  while (follows && !signal.aborted) {
    await clock.sleep(LOG_LOOK_MS, signal);
    await say(follower.next(wanted));
  }
  return undefined;
}

function sayer({ runtime }: CliContext, { asJson }: CommandInput): (lines: readonly KeptLine[]) => Promise<void> {
  const paint = painter(runtime.host);
  const textOf = asJson ? (line: KeptLine) => JSON.stringify(line) : (line: KeptLine) => shown(line, paint);
  return async (lines) => {
    if (lines.length > 0) await runtime.writeOut(lines.map((line) => `${textOf(line)}\n`).join(""));
  };
}

/** As stderr shows it, and by whom. */
function shown({ at, level, pid, event, ...fields }: KeptLine, paint: Paint): string {
  const who = pid === undefined ? "" : ` ${paint("grey", `[${pid}]`)}`;
  const words = [event, ...fieldsText(fields)].join(" ");
  return `${paint("grey", printable(at))} ${paint(COLOURS[level], level.padEnd(LEVEL_WIDTH))}${who} ${printable(words).replaceAll("\n", "\\n")}`;
}

const LEVEL_WIDTH = 5;

function levelOf(input: CommandInput): LogLevel {
  const given = input.flags["level"]?.at(-1) ?? "debug";
  const level = LOG_LEVELS.find((one) => one === given && one !== "off");
  if (level) return level;
  throw new AppError("invalid_input", `no level ${printable(given)}`, {
    hint: "There are debug, info, warn and error.",
  });
}

function sinceOf(input: CommandInput, now: number): Wanted["sinceMs"] {
  const given = input.flags["since"]?.at(-1);
  if (given === undefined) return 0;
  const ms = parseDuration(given);
  if (ms !== undefined) return now - ms;
  throw new AppError("invalid_input", `cannot look back by ${printable(given)}`, {
    hint: "Write it like 30m, 2h or 3d.",
  });
}

function countOf(input: CommandInput): number {
  const given = input.flags["lines"]?.at(-1);
  if (given === undefined) return LOG_LINES_SHOWN;
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= LOG_LINES_SHOWN_MAX) return count;
  throw new AppError("invalid_input", `cannot show ${printable(given)} lines`, {
    hint: `From 1 to ${LOG_LINES_SHOWN_MAX}.`,
  });
}
