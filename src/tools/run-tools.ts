import type { RunTools, ToolFacts } from "../base/call-tool.ts";
import type { Json } from "../base/json.ts";
import type { Filter } from "./filter.ts";
import { inputSchema } from "./schema.ts";
import type { Tool } from "./tool.ts";
import type { Toolbox } from "./toolbox.ts";

/** The tool table for runs: each call under the filters of this process, and of whoever started the run. */
export function runTools(toolbox: Pick<Toolbox, "table" | "find" | "call">): RunTools {
  const own = new Map(toolbox.table.filter(({ aliasOf }) => !aliasOf).map((tool) => [tool.name, tool]));
  return {
    names: () => [...own.keys()],
    facts: (name) => {
      const tool = own.get(name);
      return tool && factsOf(tool);
    },
    call: (name, input, { caller, workspace, requestId, signal, progress = () => {} }) => {
      const filter = (caller.filter ?? {}) as Filter;
      return toolbox.call(toolbox.find(name, filter), input, {
        requestId,
        face: "run",
        workspace,
        workspaceFrom: "argument",
        agent: caller.agent,
        filter,
        runs: caller.depth,
        signal,
        progress,
      });
    },
  };
}

function factsOf(tool: Tool): ToolFacts {
  const { effect, isIdempotent = false, input, summary } = tool;
  const inputs = Object.keys(input.shape);
  return {
    reads: effect === "read",
    isIdempotent,
    takesIdempotencyKey: inputs.includes("idempotency_key"),
    inputs,
    summary,
    schema: () => inputSchema(tool) as Record<string, Json>,
  };
}
