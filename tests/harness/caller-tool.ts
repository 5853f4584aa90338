import { z } from "zod";
import { WORKSPACE_SOURCES } from "../../src/base/workspace-source.ts";
import { defineTool } from "../../src/tools/tool.ts";

/** A tool that answers who called it, and from where. */
export const callerTool = defineTool({
  name: "caller_show",
  title: "Show the caller",
  summary: "Says who calls.",
  effect: "read",
  toolset: "task",
  input: z.object({}),
  output: z.object({
    workspace: z.string(),
    workspace_from: z.enum(WORKSPACE_SOURCES),
    agent: z.object({ id: z.string(), label: z.string(), isShared: z.boolean(), process: z.string() }),
  }),
  run: async (_app, _input, { workspace, workspaceFrom, agent }) => ({
    workspace,
    workspace_from: workspaceFrom,
    agent,
  }),
});
