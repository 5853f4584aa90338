import { AppError, toAppError } from "../base/errors.ts";
import { clip, didYouMean } from "../base/text.ts";
import { flagName, SETTING_KEYS, SETTINGS } from "../config/settings.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type FlagSpec, type ParsedArgs, parseArgs, wordsOf } from "./args.ts";
import type { CliContext, Command, CommandInput } from "./command.ts";
import { explain, explainNoun, firstSteps, overview } from "./help.ts";
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
  /** --http was given. */
  readonly isServing: boolean;
}

/** Reads the command line. Flags of a command are known only when the command is: so its words are looked for first. */
export function readInvocation(given: readonly string[], commands: readonly Command[]): Invocation {
  const argv = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  const words = wordsOf(argv, { ...Object.assign({}, ...commands.map(flagSpecs)), ...GLOBAL_FLAGS });
  const command = findCommand(words, commands);
  const isServing = argv.some((token) => /^--http(=|$)/.test(token)) && !takesHttp(command);
  if (!command && !isServing) refuseUnknown(words, commands);
  const parsed = parseArgs(argv, { ...GLOBAL_FLAGS, ...(command ? flagSpecs(command) : {}) });
  const settings: Record<string, string> = {};
  for (const key of SETTING_KEYS) {
    const value = parsed.flags[flagName(key)]?.at(-1);
    if (value !== undefined && !(command?.flags && flagName(key) in command.flags)) settings[key] = value;
  }
  const port = takesHttp(command) ? undefined : parsed.flags["http"]?.at(-1);
  if (port) settings["port"] = port;
  if (port !== undefined && parsed.words.length > 0) throw notWhileServing(parsed.words);
  return { parsed, command, settings, isServing: port !== undefined };
}

/** Whether --http is a command's own word, and not the order to serve. */
function takesHttp(command: Command | undefined): boolean {
  return command?.flags !== undefined && "http" in command.flags;
}

/** The command whose words these begin with; of two, the longer one. */
function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands
    .filter((command) => command.words.every((word, at) => word === words[at]))
    .toSorted((a, b) => b.words.length - a.words.length)[0];
}

/** Said before anything about flags: they belong to a command, and there is none. */
function refuseUnknown(words: readonly string[], commands: readonly Command[]): void {
  const [noun] = words;
  if (noun === undefined) return;
  if (words.length === 1 && commands.some((known) => known.words[0] === noun)) return;
  const names = commands.map((known) => known.words.join(" "));
  throw new AppError("invalid_input", `no command ${clip(words.join(" "), SHOWN_MAX)}`, {
    hint: didYouMean(words.slice(0, 2).join(" "), names, "See them all with cadre --help."),
  });
}

function notWhileServing(words: readonly string[]): AppError {
  return new AppError("invalid_input", `cannot serve and run a command: ${clip(words.join(" "), SHOWN_MAX)}`, {
    hint: "Write it like: cadre --http PORT; the address is --host ADDRESS.",
  });
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
      const isBare = !parsed.flags["help"] && parsed.words.length === 0;
      await runtime.writeOut(isBare ? firstSteps(version) : helpFor(command, parsed.words, commands, version));
      return 0;
    }
    const { values, rest } = place(command, parsed.words.slice(command.words.length));
    let exit = 0;
    const exitWith = (code: number) => {
      exit = code;
    };
    const { context, close } = await openContext();
    try {
      const answer = await command.run(context, { requestId, values, flags: parsed.flags, rest, asJson, exitWith });
      if (answer) await runtime.writeOut(render(answer, asJson, host));
    } finally {
      await close();
    }
    return exit;
  } catch (thrown) {
    if (isBrokenPipe(thrown)) return 0;
    const error = toAppError(thrown);
    host.writeErr(asJson ? `${JSON.stringify({ error })}\n` : renderError(error, host));
    return error.exit;
  }
}

/** Whoever read our answer has seen enough of it, like `head`. */
function isBrokenPipe(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as { code?: unknown }).code === "EPIPE";
}

function helpFor(
  command: Command | undefined,
  words: readonly string[],
  commands: readonly Command[],
  version: string,
): string {
  if (command) return explain(command);
  const [noun] = words;
  if (noun === undefined) return overview(commands, version);
  return explainNoun(
    noun,
    commands.filter((known) => known.words[0] === noun),
  );
}

function place(command: Command, words: readonly string[]): Pick<CommandInput, "values" | "rest"> {
  const all = command.positional ?? [];
  const takesRest = all.at(-1)?.endsWith("…") === true;
  const names = takesRest ? all.slice(0, -1) : all;
  const rest = words.slice(names.length);
  const usage = `cadre ${command.words.join(" ")} ${names.map((name) => name.toUpperCase()).join(" ")}`.trim();
  if (rest.length > 0 && !takesRest) {
    throw new AppError("invalid_input", `too many words: ${clip(rest.join(" "), SHOWN_MAX)}`, {
      hint: `Write it like: ${usage}; quote what belongs together.`,
    });
  }
  return { values: Object.fromEntries(names.map((name, at) => [name.replace(/\?$/, ""), words[at]])), rest };
}

const SHOWN_MAX = 200;
