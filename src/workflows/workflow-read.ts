import { type ReadDefinition, readDefinition } from "../config/definition-text.ts";
import { workflowProblems } from "./workflow-check.ts";
import { STEP_KINDS, WORKFLOW_SHAPES, WorkflowFile } from "./workflow-file.ts";

export function readWorkflow(text: string): Promise<ReadDefinition<WorkflowFile>> {
  return readDefinition(text, { schema: WorkflowFile, keysAt, problems: workflowProblems });
}

const PARTS: readonly string[] = [...STEP_KINDS, "retry"];

function keysAt(path: readonly PropertyKey[]): string[] {
  const last = path.at(-1);
  const isPart = typeof last === "string" && PARTS.includes(last) && typeof path.at(-2) === "number";
  const part = isPart ? last : path.length === 0 ? "file" : path[0] === "inputs" ? "input" : "step";
  return Object.keys(WORKFLOW_SHAPES[part as keyof typeof WORKFLOW_SHAPES] ?? {});
}
