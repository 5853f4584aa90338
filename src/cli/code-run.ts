// `cadre code run`: a program from a terminal. What it prints is seen as it comes, and what it leaves can be had.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import { CODE_CHARS_MAX } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ExecutionRan } from "../sandbox/execution.ts";
import { fromText } from "../tools/from-text.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";
import { LiveOutput, showEnd } from "./run-output.ts";
import { callOf } from "./tool-command.ts";

const text = (help: string) => ({ kind: "text", help }) as const;
const list = (help: string) => ({ kind: "list", help }) as const;
const yes = (help: string) => ({ kind: "boolean", help }) as const;

/** Flags that are inputs of the tool under the same name. */
const INPUTS = [
  "input",
  "timeout",
  "task",
  "engine",
  "memory",
  "level",
  "security",
  "working-directory",
  "database",
  "write",
] as const;

export const codeRun: Command = {
  words: ["code", "run"],
  summary:
    "Runs a program in the sandbox and shows what it prints. FILE is its text, - is stdin; what follows are its arguments.",
  positional: ["language", "file?", "arguments…"],
  flags: {
    code: text("The program itself, instead of a file."),
    stdin: text("What it reads; - passes on what cadre reads."),
    input: text("JSON. JavaScript: the global input. SQL: parameters."),
    file: list("A file to give it, as IN or IN:PATH; may be given more than once."),
    out: text("A folder for the files that it leaves."),
    env: list("NAME=VALUE; may be given more than once."),
    package: list("Of Python, like numpy>=2; may be given more than once."),
    timeout: text('Like "5s"; 30s if not given.'),
    memory: text('Like "256MiB".'),
    net: yes("Let it out, where the policy allows it."),
    level: text("Refuse to run below it (process, landlock, namespace)."),
    security: text("low, medium, high."),
    engine: text("For JavaScript and TypeScript: quickjs, bun."),
    "working-directory": text("A folder of the project to work in."),
    database: text("For SQL: a file of the project."),
    write: yes("SQL may change the file."),
    task: text("Task that it is for."),
    "exit-code": yes("Exit as the program did; otherwise 0 when it completed, 1 when not."),
  },
  run: async (context, input) => {
    const { toolbox, runtime } = context;
    const tool = toolbox.find("code_run");
    const given = await givenTo(context, input);
    const texts = Object.fromEntries(
      INPUTS.flatMap((flag) => {
        const values = input.flags[flag];
        return values ? [[flag.replaceAll("-", "_"), values]] : [];
      }),
    );
    const { options, ...plain } = fromText(tool, texts) as { options?: Record<string, unknown> };
    const show = new LiveOutput(runtime);
    const asked = { ...plain, ...given.input, options: { ...options, ...given.options } };
    const call = { ...callOf(context, input.requestId), ...(input.asJson ? {} : { onOutput: show.take }) };
    const ran = (await toolbox.call(tool, asked, call)) as ExecutionRan;
    await show.shown;
    const out = input.flags["out"]?.at(-1);
    const written = out === undefined ? [] : await saveFiles(context, ran, resolve(runtime.host.cwd, out));
    input.exitWith(exitOf(ran, isSet(input, "exit-code")));
    if (input.asJson) return { ...ran, ...(out === undefined ? {} : { written }) };
    await showEnd(runtime, ran, written);
    return undefined;
  },
};

/** What is no plain text of the command line: the program, and the files that it is given. */
async function givenTo(context: CliContext, input: CommandInput) {
  const { runtime, signal } = context;
  const { language, file } = input.values;
  if (language === undefined) throw usage("no language was given");
  const source = sourceOf(context, input);
  const stdin = input.flags["stdin"]?.at(-1);
  if (source.isStdin && stdin === "-") throw usage("stdin cannot be both the program and its input");
  // With --code the first word is the program's already.
  const args = source.isWord && file !== undefined ? [file, ...input.rest] : input.rest;
  return {
    input: {
      language,
      code: await source.read(),
      ...(stdin === undefined ? {} : { stdin: stdin === "-" ? await readAll(runtime, signal) : stdin }),
    },
    options: {
      args,
      files: Object.fromEntries((input.flags["file"] ?? []).map((one) => givenFile(runtime, one))),
      env: Object.fromEntries((input.flags["env"] ?? []).map(givenVariable)),
      packages: input.flags["package"] ?? [],
      network: isSet(input, "net"),
    },
  };
}

interface Source {
  readonly isStdin: boolean;
  readonly isWord: boolean;
  read(): Promise<string>;
}

function sourceOf({ runtime, signal }: CliContext, { values: { file }, flags }: CommandInput): Source {
  const code = flags["code"]?.at(-1);
  if (code !== undefined) return { isStdin: false, isWord: true, read: async () => code };
  if (file === "-" || (file === undefined && !runtime.host.isTerminal.in))
    return { isStdin: true, isWord: false, read: () => readAll(runtime, signal) };
  if (file === undefined) throw usage("no program was given");
  return { isStdin: false, isWord: false, read: async () => readBytes(runtime.host.cwd, file).toString("utf8") };
}

function usage(problem: string): AppError {
  return new AppError("invalid_input", `cannot run code: ${problem}`, {
    hint: "Write it like: cadre code run python main.py, or cadre code run bash --code 'echo hello'",
  });
}

function readBytes(cwd: string, path: string): Buffer {
  try {
    return readFileSync(resolve(cwd, path));
  } catch (cause) {
    throw new AppError(
      "invalid_input",
      `cannot read ${path}: ${(cause as { code?: string }).code ?? "unknown failure"}`,
      {
        hint: "Name a file that is there; - reads the program from stdin, --code takes it as a word.",
        cause,
      },
    );
  }
}

async function readAll(runtime: Runtime, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of runtime.stdin()) {
    bytes += piece.length;
    if (signal.aborted || bytes > CODE_CHARS_MAX) break;
    pieces.push(piece.slice());
  }
  if (bytes > CODE_CHARS_MAX)
    throw new AppError("too_large", `cannot take more than ${formatBytes(CODE_CHARS_MAX)} from stdin`, {
      hint: "Give it as a file with --file.",
    });
  return Buffer.concat(pieces).toString("utf8");
}

function givenFile({ host }: Runtime, given: string): [string, string | { base64: string }] {
  const [, from = given, to] = /^(.+?)(?::([^:]+))?$/.exec(given) ?? [];
  const bytes = readBytes(host.cwd, from);
  const content = bytes.toString("utf8");
  const isText = Buffer.from(content).equals(bytes);
  return [to ?? basename(from), isText ? content : { base64: bytes.toString("base64") }];
}

function givenVariable(given: string): [string, string] {
  const at = given.indexOf("=");
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new AppError("invalid_input", "cannot use --env: it names no value", {
    hint: "Write it like --env NAME=VALUE.",
  });
}

async function saveFiles({ open }: CliContext, { id, files = [] }: ExecutionRan, folder: string): Promise<string[]> {
  const { executions } = await open();
  const written: string[] = [];
  for (const { path } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, (await executions.file(id, path)).bytes);
    written.push(target);
  }
  return written;
}

const FAILED = 1;

function exitOf({ status, exit_code }: ExecutionRan, isAsked: boolean): number {
  if (isAsked && exit_code !== undefined) return exit_code;
  return status === "completed" ? 0 : FAILED;
}
