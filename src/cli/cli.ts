import { AppError, toAppError } from "../base/errors.ts";
import { clip, didYouMean } from "../base/text.ts";
import { flagName, SETTING_KEYS, SETTINGS } from "../config/settings.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type FlagSpec, type ParsedArgs, parseArgs } from "./args.ts";
import type { CliContext, Command } from "./command.ts";
import { explain, explainNoun, overview } from "./help.ts";
import { render, renderError } from "./output.ts";
import { flagSpecs } from "./tool-command.ts";

/** Flags that every command takes: all settings, and how to print. */
const GLOBAL_FLAGS: Readonly<Record<string, FlagSpec>> = {
  ...Object.fromEntries(
    SETTING_KEYS.map((key): [string, FlagSpec] => [flagName(key), { kind: isFlag(key) ? "boolean" : "text" }]),
  ),
  json: { kind: "boolean" },
  help: { kind: "boolean" },
  version: { kind: "boolean" },
  http: { kind: "optional" },
  "take-over": { kind: "boolean" },
};

function isFlag(key: (typeof SETTING_KEYS)[number]): boolean {
  return SETTINGS[key].schema.safeParse(true).success;
}

export interface Invocation {
  readonly parsed: ParsedArgs;
  readonly command: Command | undefined;
  /** What was given as settings, by key. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Reads the command line. Flags of a command are known only when the command is: so its words are looked for first. */
export function readInvocation(argv: readonly string[], commands: readonly Command[]): Invocation {
  const command = findCommand(argv, commands);
  const parsed = parseArgs(argv, { ...GLOBAL_FLAGS, ...(command ? flagSpecs(command) : {}) });
  const settings: Record<string, string> = {};
  for (const key of SETTING_KEYS) {
    const value = parsed.flags[flagName(key)]?.at(-1);
    if (value !== undefined && !(command?.flags && flagName(key) in command.flags)) settings[key] = value;
  }
  const port = parsed.flags["http"]?.at(-1);
  if (port) settings["port"] = port;
  // Words that stand before it would be taken for nothing, and those after it for what it is about.
  const isFirst = command?.words.every((word, at) => word === parsed.words[at]) ?? false;
  return { parsed, command: isFirst ? command : undefined, settings };
}

function findCommand(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  const lengths = [...new Set(commands.map(({ words }) => words.length))].sort((a, b) => b - a);
  for (let at = 0; at < argv.length; at++) {
    for (const length of lengths) {
      const words = argv.slice(at, at + length);
      const found = commands.find(
        (command) => command.words.length === words.length && command.words.every((word, i) => word === words[i]),
      );
      if (found) return found;
    }
  }
  return undefined;
}

/** Runs one command and prints its answer; the exit code comes from the error table. */
export async function runCommand(
  { command, parsed }: Invocation,
  commands: readonly Command[],
  openContext: () => Promise<{ readonly context: CliContext; readonly close: () => Promise<void> }>,
  { runtime, version, requestId }: { runtime: Runtime; version: string; requestId: string },
): Promise<number> {
  const { host } = runtime;
  const asJson = parsed.flags["json"]?.at(-1) === "true";
  try {
    if (parsed.flags["help"] || !command) {
      await runtime.writeOut(helpFor(command, parsed.words, commands, version));
      return 0;
    }
    const values = place(command, parsed.words.slice(command.words.length));
    const { context, close } = await openContext();
    try {
      const answer = await command.run(context, { requestId, values, flags: parsed.flags });
      if (answer) await runtime.writeOut(render(answer, asJson, host));
    } finally {
      await close();
    }
    return 0;
  } catch (thrown) {
    const error = toAppError(thrown);
    host.writeErr(asJson ? `${JSON.stringify({ error })}\n` : renderError(error, host));
    return error.exit;
  }
}

function helpFor(
  command: Command | undefined,
  words: readonly string[],
  commands: readonly Command[],
  version: string,
): string {
  if (command) return explain(command);
  const [noun] = words;
  if (noun === undefined || noun === "help") return overview(commands, version);
  const verbs = commands.filter((known) => known.words[0] === noun);
  if (verbs.length > 0 && words.length === 1) return explainNoun(noun, verbs);
  const names = commands.map((known) => known.words.join(" "));
  throw new AppError("invalid_input", `no command ${clip(words.join(" "), SHOWN_MAX)}`, {
    hint: didYouMean(words.slice(0, 2).join(" "), names, "See them all with cadre --help."),
  });
}

function place(command: Command, words: readonly string[]): Record<string, string | undefined> {
  const names = command.positional ?? [];
  const usage = `cadre ${command.words.join(" ")} ${names.map((name) => name.toUpperCase()).join(" ")}`.trim();
  if (words.length > names.length) {
    throw new AppError("invalid_input", `too many words: ${clip(words.slice(names.length).join(" "), SHOWN_MAX)}`, {
      hint: `Write it like: ${usage}; quote what belongs together.`,
    });
  }
  return Object.fromEntries(names.map((name, at) => [name.replace(/\?$/, ""), words[at]]));
}

const SHOWN_MAX = 200;
