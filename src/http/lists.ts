import type { Filter } from "../tools/filter.ts";
import { resources } from "../tools/resources.ts";
import { inputSchema } from "../tools/schema.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { route } from "./rest.ts";

/** `GET /tools`: what can be called here, and how. */
export function toolList(toolbox: Toolbox, filter: Filter): Record<string, unknown> {
  const own = toolbox.allowed(filter).filter((tool) => !tool.aliasOf);
  return {
    tools: own.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.summary,
      toolset: tool.toolset,
      effect: tool.effect,
      ...route(tool),
      input_schema: inputSchema(tool),
    })),
  };
}

/** `GET /resources`: the addresses that can be read and followed over MCP. */
export function resourceList(): Record<string, unknown> {
  return {
    resources: resources.map(({ template, name, title, description }) => ({ template, name, title, description })),
  };
}
