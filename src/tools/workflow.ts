import { z } from "zod";
import { WORD_CHARS_MAX, WORKFLOW_FILE_BYTES_MAX } from "../base/limits.ts";
import { inputsForm, WorkflowInput } from "../workflows/workflow-input.ts";
import { WorkflowBrief, WorkflowProblem } from "../workflows/workflow-shown.ts";
import { workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

/** Without a form of its own: a form of JSON refers to itself, and not every client follows that. */
const AnyObject = z.record(z.string(), z.unknown());
const id = z.string().min(1).max(WORD_CHARS_MAX);

export const workflowList = defineTool({
  name: "workflow_list",
  title: "List workflows",
  summary: "Work in steps that run_start sets going: built-in, the user's own and the project's.",
  effect: "read",
  toolset: "runs",
  input: z.object({ workspace }),
  output: z.object({
    workflows: z.array(WorkflowBrief),
    problems: z.array(WorkflowProblem).optional().describe("Files that cannot be used."),
  }),
  run: async (app, input, call) => {
    const { workflows, problems } = await app.workflows.list(input.workspace ?? call.workspace);
    return { workflows, ...(problems.length > 0 ? { problems } : {}) };
  },
});

export const workflowShow = defineTool({
  name: "workflow_show",
  title: "Show a workflow",
  summary: "The inputs of a workflow and its steps; with text the file itself, to begin an own one from.",
  effect: "read",
  toolset: "runs",
  input: z.object({ id, text: z.boolean().optional(), workspace }),
  output: z.object({
    id,
    source: z.string(),
    version: z.string(),
    trusted: z.boolean(),
    name: z.string(),
    description: z.string(),
    inputs: z.record(
      z.string(),
      WorkflowInput.extend({ default: z.unknown().optional(), schema: AnyObject.optional() }),
    ),
    schema: AnyObject.describe("The form of all inputs together, as a JSON schema."),
    steps: z.array(z.object({ id: z.string(), kind: z.string(), title: z.string().optional() })),
    text: z.string().optional(),
  }),
  positional: ["id"],
  run: async (app, input, call) => {
    const found = await app.workflows.show(input.workspace ?? call.workspace, input.id);
    const { name, description, inputs } = found.file;
    return {
      id: found.id,
      source: found.source,
      version: found.digest,
      trusted: found.isTrusted,
      name,
      description,
      inputs,
      schema: inputsForm(inputs),
      steps: app.workflows.outline(found.file),
      ...(input.text ? { text: found.text } : {}),
    };
  },
});

export const workflowValidate = defineTool({
  name: "workflow_validate",
  title: "Check a workflow",
  summary: "Tells everything that can be known to be wrong with the text of a workflow file, by line and column.",
  effect: "read",
  toolset: "runs",
  input: z.object({ text: z.string().max(WORKFLOW_FILE_BYTES_MAX) }),
  output: z.object({
    valid: z.boolean(),
    problems: z.array(WorkflowProblem.omit({ file: true })),
  }),
  run: async (app, { text }) => {
    const read = await app.workflows.validate(text);
    const problems = "problems" in read ? [...read.problems] : [];
    return { valid: problems.length === 0, problems };
  },
});

export const workflowGraph = defineTool({
  name: "workflow_graph",
  title: "Draw a workflow",
  summary: "The steps of a workflow and what each waits for, as a Mermaid diagram.",
  effect: "read",
  toolset: "runs",
  input: z.object({ id, workspace }),
  output: z.object({ mermaid: z.string() }),
  positional: ["id"],
  run: async (app, input, call) => ({
    mermaid: await app.workflows.graph(input.workspace ?? call.workspace, input.id),
  }),
});
