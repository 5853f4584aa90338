import { basename } from "node:path";
import { z } from "zod";
import { PATH_CHARS_MAX, ROLE_ROW_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { Role, RoleProblem } from "../tasks/roles/role.ts";
import { ROLE_VARIABLES, rolePrompt } from "../tasks/roles/role-prompt.ts";
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
    problems: z.array(RoleProblem).optional().describe("What is wrong with the project's role files, one each."),
  }),
  run: async (app, input, call) => {
    const { roles, problems } = await app.roles.list(input.workspace ?? call.workspace);
    const rows = roles.map(({ id, name, description, source }) => ({
      id,
      name: clip(name, ROLE_ROW_CHARS_MAX),
      description: clip(description, ROLE_ROW_CHARS_MAX),
      source,
    }));
    const [first, ...more] = problems.filter(({ file }, at) => problems.findIndex((one) => one.file === file) === at);
    return { roles: rows, ...(first ? { problems: [first, ...more] } : {}) };
  },
});

/** A role as one text has no parts. */
const parts = Role.shape.approach.unwrap().optional();

export const roleShow = defineTool({
  name: "role_show",
  title: "Show a role",
  summary: "How one specialist decides, works and reports.",
  effect: "read",
  toolset: "admin",
  input: z.object({
    id: Role.shape.id.describe("Its id or its name."),
    prompt: z.boolean().optional().describe("As the one text that a model gets, instead of part by part."),
    workspace,
  }),
  output: Role.extend({
    expertise: parts,
    decides: parts,
    approach: parts,
    checklist: parts,
    pitfalls: parts,
    prompt: z.string().optional(),
    unknown: z.array(z.string()).optional().describe("Variables that nobody will fill in."),
  }),
  positional: ["id"],
  run: async (app, input, call) => {
    const folder = input.workspace ?? call.workspace;
    const role = await app.roles.show(folder, input.id);
    if (!input.prompt) return role;
    const { text, unknown } = rolePrompt(role, valuesWithoutTask(folder));
    const { id, name, description, source } = role;
    return { id, name, description, source, prompt: text, ...(unknown.length > 0 ? { unknown } : {}) };
  },
});

/** What only a task can fill in stays in its braces. */
function valuesWithoutTask(folder: string): Record<string, string> {
  const braces = ROLE_VARIABLES.map((name) => [name, `{{${name}}}`]);
  return { ...Object.fromEntries(braces), project: basename(folder), workspace: folder };
}
