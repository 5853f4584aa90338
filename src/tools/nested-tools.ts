import type { NestedTools } from "../base/call-tool.ts";
import { AppError } from "../base/errors.ts";
import { didYouMean, printable } from "../base/text.ts";
import type { Call, Tool } from "./tool.ts";

/** A program that calls a program that calls a program: deeper than that nobody means it. */
const DEPTH_MAX = 3;

/**
 * The tools that a call may call in its turn: those that its caller may, and of them the ones that only read, and the
 * ones that it names. What destroys or runs programs has to be named.
 */
export function nestedTools(
  allowed: readonly Tool[],
  outer: Call,
  named: readonly string[],
  run: (tool: Tool, input: unknown, call: Call) => Promise<Record<string, unknown>>,
): NestedTools {
  const own = allowed.filter(({ aliasOf }) => !aliasOf);
  for (const name of named) if (!own.some((tool) => tool.name === name)) throw noTool(name, own);
  const offered = own.filter(({ name, effect }) => effect === "read" || named.includes(name));
  const depth = (outer.depth ?? 0) + 1;
  return {
    names: depth > DEPTH_MAX ? [] : offered.map(({ name }) => name),
    call: async (name, input) => {
      const tool = offered.find((one) => one.name === name);
      if (!tool || depth > DEPTH_MAX) throw noTool(name, offered);
      return run(tool, input, { ...callOf(outer), depth });
    },
  };
}

/** The same circumstances; what it prints and how far it is are not its caller's. */
function callOf({ requestId, traceId, face, workspace, workspaceFrom, agent, filter, runs, signal }: Call): Call {
  return { requestId, traceId, face, workspace, workspaceFrom, agent, filter, runs, signal, progress: () => {} };
}

function noTool(name: string, tools: readonly Tool[]): AppError {
  const names = tools.map((tool) => tool.name);
  const shown = printable(name.slice(0, NAME_SHOWN_MAX));
  return new AppError("not_found", `no tool ${shown} for a program`, {
    hint: didYouMean(name, names, "Those that read are there; name others in options.tools."),
  });
}

const NAME_SHOWN_MAX = 100;
