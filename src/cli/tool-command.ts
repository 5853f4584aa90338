import { sharedAgent } from "../base/agent.ts";
import { AppError } from "../base/errors.ts";
import { fromText, textKeys } from "../tools/from-text.ts";
import type { Call, Tool } from "../tools/tool.ts";
import type { FlagSpec } from "./args.ts";
import type { CliContext, Command, CommandFlag } from "./command.ts";

/** task_show → `cadre task show ID`; the flags are the input's keys in kebab-case. */
export function toolCommand(tool: Tool): Command {
  const keys = textKeys(tool);
  return {
    words: tool.name.split("_") as [string, ...string[]],
    summary: tool.summary,
    positional: tool.positional,
    flags: Object.fromEntries(
      keys
        .filter(({ key }) => !GLOBAL_KEYS.includes(key))
        .map(({ key, kind, description, choices }): [string, CommandFlag] => [
          flagOf(key),
          {
            kind: kind === "boolean" ? "boolean" : kind === "list" ? "list" : "text",
            help: choices.length > 0 ? `${description} (${choices.join(", ")})`.trim() : description,
          },
        ]),
    ),
    run: (context, { values, flags, requestId }) => {
      const given: Record<string, readonly string[]> = {};
      for (const { key } of keys) {
        const texts = flags[flagOf(key)];
        if (texts !== undefined) given[key] = texts;
        const placed = values[key];
        if (placed !== undefined) given[key] = [placed];
      }
      requireGiven(tool, keys, given);
      const { toolbox, caller, signal } = context;
      return toolbox.call(toolbox.find(tool.name), fromText(tool, given), callOf({ caller, signal }, requestId));
    },
  };
}

export function callOf({ caller, signal }: Pick<CliContext, "caller" | "signal">, requestId: string): Call {
  return {
    requestId,
    face: "cli",
    workspace: caller.workspace,
    workspaceFrom: caller.workspaceFrom,
    agent: caller.agent ?? ANYBODY,
    filter: caller.filter,
    signal,
    progress: () => {},
  };
}

/** Each command is a process of its own, which ends with it: two of one person cannot be told from those of two. */
const ANYBODY = sharedAgent("cli");

/** Inputs that every command has as a flag of its own. */
const GLOBAL_KEYS: readonly string[] = ["workspace"];

function flagOf(key: string): string {
  return key.replaceAll("_", "-");
}

function requireGiven(tool: Tool, keys: ReturnType<typeof textKeys>, given: Record<string, unknown>): void {
  const missing = keys.find(({ key, isRequired }) => isRequired && given[key] === undefined);
  if (!missing) return;
  const required = tool.positional.filter((name) => keys.some(({ key, isRequired }) => key === name && isRequired));
  const placed = required.map((name) => name.toUpperCase()).join(" ");
  const words = tool.name.replaceAll("_", " ");
  throw new AppError("invalid_input", `cannot run cadre ${words}: ${missing.key} is missing`, {
    hint: `Write it like: cadre ${words} ${required.includes(missing.key) ? placed : `--${flagOf(missing.key)} …`}`,
  });
}

export function flagSpecs(command: Command): Record<string, FlagSpec> {
  return Object.fromEntries(
    Object.entries(command.flags ?? {}).map(([name, { kind }]) => [
      name,
      { kind: kind === "list" ? "text" : kind, isMany: kind === "list" },
    ]),
  );
}
