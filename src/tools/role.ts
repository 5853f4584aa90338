import { z } from "zod";
import { PATH_CHARS_MAX } from "../base/limits.ts";
import { Role, RoleProblem } from "../tasks/roles.ts";
import { defineTool } from "./tool.ts";

const workspace = z.string().max(PATH_CHARS_MAX).optional().describe("Another project folder, absolute.");

export const roleList = defineTool({
  name: "role_list",
  title: "List roles",
  summary: "The specialists that can work on tasks: built-in ones and the project's own.",
  effect: "read",
  toolset: "admin",
  input: z.object({ workspace }),
  output: z.object({
    roles: z.array(Role.pick({ id: true, name: true, description: true, source: true })),
    problems: z.array(RoleProblem).optional().describe("Role files that could not be read."),
  }),
  run: async (app, input, call) => {
    const { roles, problems } = await app.roles.list(input.workspace ?? call.workspace);
    return { roles, ...(problems.length > 0 ? { problems } : {}) };
  },
});

export const roleShow = defineTool({
  name: "role_show",
  title: "Show a role",
  summary: "How one specialist decides, works and reports.",
  effect: "read",
  toolset: "admin",
  input: z.object({ id: Role.shape.id, workspace }),
  output: Role,
  positional: ["id"],
  run: (app, input, call) => app.roles.show(input.workspace ?? call.workspace, input.id),
});
