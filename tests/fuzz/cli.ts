// Tools and commands over the command line: a process of its own each time, as a terminal or a script starts it.
import { execFile } from "node:child_process";
import { ERROR_CODES } from "../../src/base/errors.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { textKeys } from "../../src/tools/from-text.ts";
import { tools } from "../../src/tools/index.ts";
import type { Random } from "../harness/random.ts";
import { ANSWER_MS_MAX, type Program, Stage } from "./child.ts";
import type { Face } from "./face.ts";
import { hostileText, KEYS } from "./values.ts";
import { checkError, checkText, parsed, short, Violation } from "./verdict.ts";

const EXITS = Object.entries(ERROR_CODES)
  .filter(([code]) => code !== "internal")
  .map(([, { exit }]) => exit as number);
/** What one argument of a process may hold. */
const ARG_BYTES_MAX = 100_000;
const OUTPUT_BYTES_MAX = 50 * 1024 * 1024;
/** Commands that change the fuzzer's own ground, or never end by themselves. */
const NOT_FUZZED = ["event follow", "db restore", "db import", "workspace forget", "workspace move"];

export async function cliFace(program: Program): Promise<Face> {
  const stage = new Stage();
  const ids: string[] = ["task_ffffffffffff"];
  for (const title of ["one", "two"]) {
    const { stdout } = await run(program, stage, ["task", "create", title, "--json"]);
    ids.push((parsed(stdout) as { id: string }).id);
  }
  return {
    name: "cli",
    round: async (random, tell) => {
      const args = random.isTrue(0.75) ? toolArgs(random, ids) : commandArgs(random);
      const safe = args.map((arg) =>
        Buffer.from(arg.replaceAll("\0", "")).subarray(0, ARG_BYTES_MAX).toString().toWellFormed(),
      );
      tell(JSON.stringify(safe));
      judge(await run(program, stage, safe), safe[0] === "--json", stage);
    },
    check: async () => {
      const { exit, stderr } = await run(program, stage, ["task", "list", "--json"]);
      if (exit !== 0) throw new Violation(`task list ends with ${exit}: ${stderr}`);
    },
    close: async () => stage[Symbol.dispose](),
  };
}

const LOG_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info |warn ) /;

interface Ended {
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run([command, ...first]: Program, stage: Stage, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: stage.env, cwd: stage.workspace, timeout: ANSWER_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
    const child = execFile(command, [...first, ...args], options, (error, stdout, stderr) => {
      resolve({ exit: error ? (error.code ?? error.signal ?? "killed") : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

function judge({ exit, stdout, stderr }: Ended, asJson: boolean, stage: Stage): void {
  const text = stdout + stderr;
  if (exit !== 0 && !EXITS.includes(Number(exit))) throw new Violation(`exit ${exit}: ${short(text)}`);
  // A terminal's user may see the folder of the data: it is theirs. The sources are nobody's business.
  checkText(text, { hidden: stage.places.hidden.slice(0, 1) });
  const said = stderr.split("\n").filter((line) => line !== "" && !LOG_LINE.test(line));
  if (exit === 0 && said.length > 0) throw new Violation(`exit 0, and yet: ${short(stderr)}`);
  if (exit !== 0 && stdout !== "") throw new Violation(`exit ${exit}, and yet: ${short(stdout)}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there.
  if (!asJson && /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text)) {
    throw new Violation(`control characters reach the terminal: ${short(text)}`);
  }
  if (!asJson) return;
  // Help is for people, whatever was asked.
  if (exit === 0 && !stdout.startsWith("cadre ")) parsed(stdout);
  if (exit !== 0)
    checkError((parsed(said.at(-1) ?? "") as { error?: unknown }).error, { hidden: stage.places.hidden.slice(0, 1) });
}

function toolArgs(random: Random, ids: readonly string[]): string[] {
  const tool = random.pick(tools);
  const args: string[] = tool.name.split("_");
  if (tool.positional.length > 0 && random.isTrue(0.9)) args.push(value(random, random.pick(ids)));
  for (const { key, choices, kind } of textKeys(tool)) {
    if (tool.positional.includes(key) || !random.isTrue(0.3)) continue;
    const flag = `--${key.replaceAll("_", "-")}`;
    const good = choices.length > 0 ? random.pick(choices) : kind === "number" ? "3" : random.pick(ids);
    args.push(...random.pick([[flag, value(random, good)], [`${flag}=${value(random, good)}`], [flag]]));
  }
  return spoiled(random, args);
}

function commandArgs(random: Random): string[] {
  const commands = allCommands(tools).filter(({ words }) => !NOT_FUZZED.includes(words.join(" ")));
  const { words, flags = {} } = random.pick(commands);
  const given = random.some(Object.keys(flags), 0.3).flatMap((flag) => [`--${flag}`, hostileText(random)]);
  return spoiled(random, [...words, ...given]);
}

function value(random: Random, good: string): string {
  return random.isTrue(0.5) ? good : hostileText(random);
}

function spoiled(random: Random, args: string[]): string[] {
  if (random.isTrue(0.15)) args.splice(random.int(0, args.length), 0, hostileText(random));
  if (random.isTrue(0.1)) args.splice(random.int(0, args.length), 0, `--${random.pick(KEYS)}`);
  if (random.isTrue(0.05)) args.splice(random.int(0, args.length), 1);
  if (random.isTrue(0.05)) args.push(random.pick(["--help", "--", "-", "--=x", "--no-", "-h", "--log-level=debug"]));
  // First, where no flag before it can take it for its value.
  return random.isTrue(0.6) ? ["--json", ...args] : args;
}
