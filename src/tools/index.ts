import { aliases } from "./aliases.ts";
import { roleList, roleShow } from "./role.ts";
import { taskCreate, taskDelete, taskGraph, taskList, taskRestore, taskShow, taskUpdate } from "./task.ts";
import type { Tool } from "./tool.ts";

/** The table. Every face (MCP, REST, OpenAPI, CLI, docs) is a projection of it. */
export const tools: readonly Tool[] = [
  taskCreate,
  taskUpdate,
  taskList,
  taskShow,
  taskGraph,
  taskDelete,
  taskRestore,
  roleList,
  roleShow,
];

/** The table with the old names, for the faces that old clients use. */
export const toolsAndAliases: readonly Tool[] = [...tools, ...aliases];
