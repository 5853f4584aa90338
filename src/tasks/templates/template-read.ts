import { type ReadDefinition, readDefinition } from "../../config/definition-text.ts";
import { templateProblems } from "./template-check.ts";
import { TEMPLATE_SHAPES, TemplateFile } from "./template-file.ts";

export function readTemplate(text: string): Promise<ReadDefinition<TemplateFile>> {
  return readDefinition(text, { schema: TemplateFile, keysAt, problems: templateProblems });
}

function keysAt(path: readonly PropertyKey[]): string[] {
  return Object.keys(TEMPLATE_SHAPES[path.length === 0 ? "file" : path[0] === "tasks" ? "task" : "parameter"]);
}
