// All tools behind two, for clients that show a model few of them or call none that they do not list.
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { TOOL_CALL_MS, WORD_CHARS_MAX } from "../base/limits.ts";
import { didYouMean, printable } from "../base/text.ts";
import { inputSchema } from "./schema.ts";
import { defineTool, TOOLSETS, type Tool } from "./tool.ts";

const Name = z.string().min(1).max(WORD_CHARS_MAX);

export const toolList = defineTool({
  name: "tool_list",
  title: "List tools",
  summary:
    "Every tool that may be called here, listed or not; with a name, what that one takes. Call it with tool_call.",
  effect: "read",
  toolset: "admin",
  input: z.object({
    name: Name.optional(),
    toolset: z.enum(TOOLSETS).optional(),
    inputs: z.boolean().default(false).describe("What each takes, as a JSON schema."),
  }),
  output: z.object({
    tools: z.array(
      z.looseObject({
        name: z.string(),
        summary: z.string(),
        toolset: z.enum(TOOLSETS),
        effect: z.enum(["read", "write", "destroy"]),
        input: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  }),
  positional: ["name"],
  run: async (_app, { name, toolset, inputs }, call) => {
    const own = ownOf(call.allowed?.());
    const tools = name === undefined ? own : [namedIn(own, name)];
    const wanted = tools.filter((tool) => toolset === undefined || tool.toolset === toolset);
    return {
      tools: wanted.map((tool) => ({
        name: tool.name,
        summary: tool.summary,
        toolset: tool.toolset,
        effect: tool.effect,
        ...(inputs || name !== undefined ? { input: inputSchema(tool) as Record<string, unknown> } : {}),
      })),
    };
  },
});

export const toolCall = defineTool({
  name: "tool_call",
  title: "Call a tool",
  summary: "Calls a tool by its name, as tool_list tells it.",
  effect: "destroy",
  toolset: "admin",
  input: z.object({ name: Name, input: z.looseObject({}).default({}).describe("As tool_list tells it.") }),
  output: z.object({ tool: z.string(), answer: z.record(z.string(), z.unknown()) }),
  positional: ["name"],
  timeLimitMs: () => TOOL_CALL_MS,
  run: async (_app, { name, input }, call) => {
    namedIn(ownOf(call.allowed?.()), name);
    const answer = await call.nested?.([name]).call(name, input);
    return { tool: name, answer: answer ?? {} };
  },
});

/** One that calls another through itself would only hide what it does. */
function ownOf(tools: readonly Tool[] = []): Tool[] {
  return tools.filter((tool) => !tool.aliasOf && tool.name !== "tool_call");
}

function namedIn(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  if (tool) return tool;
  const names = tools.map((one) => one.name);
  throw new AppError("not_found", `no tool ${printable(name)}`, {
    hint: didYouMean(name, names, "tool_list names them."),
  });
}
