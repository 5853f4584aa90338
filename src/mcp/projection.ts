import type { CallToolResult, Tool as McpTool } from "@modelcontextprotocol/server";
import type { AppError } from "../base/errors.ts";
import { compactInputSchema, outputSchema } from "../tools/schema.ts";
import type { Picture, Tool } from "../tools/tool.ts";

/** Only tools that programs call carry an output schema: each costs every conversation its weight. */
const WITH_OUTPUT_SCHEMA: readonly string[] = ["history", "runs", "admin"];

export function toMcpTool(tool: Tool): McpTool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.summary,
    inputSchema: compactInputSchema(tool) as McpTool["inputSchema"],
    ...(hasOutputSchema(tool) ? { outputSchema: outputSchema(tool) as NonNullable<McpTool["outputSchema"]> } : {}),
    annotations: annotationsOf(tool),
  };
}

/** What a tool does to the world. Hints that only say what holds anyhow are left out. */
function annotationsOf({ effect, isIdempotent }: Tool): NonNullable<McpTool["annotations"]> {
  if (effect === "read") return { readOnlyHint: true, openWorldHint: false };
  return {
    destructiveHint: effect === "destroy",
    ...(isIdempotent ? { idempotentHint: true } : {}),
    openWorldHint: false,
  };
}

export function toCallResult(
  tool: Tool,
  answer: Record<string, unknown>,
  pictures: readonly Picture[] = [],
): CallToolResult {
  return {
    content: [
      { type: "text", text: JSON.stringify(answer) },
      ...pictures.map(({ mime, bytes }) => ({
        type: "image" as const,
        mimeType: mime,
        data: Buffer.from(bytes).toString("base64"),
      })),
    ],
    ...(hasOutputSchema(tool) ? { structuredContent: answer } : {}),
  };
}

export function toErrorResult(error: AppError): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify({ error }) }], isError: true };
}

function hasOutputSchema(tool: Tool): boolean {
  return WITH_OUTPUT_SCHEMA.includes(tool.toolset);
}
