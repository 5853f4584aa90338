// Other MCP servers whose tools agents and workflows use.
import { z } from "zod";
import { TOOL_GRACE_MS, UPSTREAM_START_MS, WORD_CHARS_MAX } from "../base/limits.ts";
import { defineTool } from "./tool.ts";

export const serverList = defineTool({
  name: "server_list",
  title: "List servers of others",
  summary: "Other MCP servers whose tools agents and workflows may use as server.tool; with a server, its tools.",
  effect: "read",
  toolset: "agents",
  input: z.object({ server: z.string().max(WORD_CHARS_MAX).optional().describe("Begins it, and lists its tools.") }),
  output: z.object({
    servers: z.array(z.string()),
    tools: z.array(z.object({ name: z.string(), summary: z.string(), reads: z.boolean() })).optional(),
  }),
  positional: ["server"],
  timeLimitMs: () => UPSTREAM_START_MS * 2 + TOOL_GRACE_MS,
  run: async (app, { server }) => {
    const servers = await app.upstream.servers();
    if (server === undefined) return { servers };
    const tools = await app.upstream.tools(server);
    return { servers, tools: tools.map(({ name, summary, reads }) => ({ name, summary, reads })) };
  },
});
