import { isText } from "../artifacts/media-type.ts";
import { AppError } from "../base/errors.ts";
import { DRAFT_CHARS_MAX, PAGE_ROWS_MAX, RESOURCE_URI_CHARS_MAX, RUN_STEPS_SHOWN } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import type { EventRow } from "../store/events.ts";
import { newId } from "./research-aliases.ts";
import type { App } from "./tool.ts";
import { typeDeclarations } from "./type-declarations.ts";

/** Something that a client can read and follow by its address. Declared once, projected by the MCP face. */
export interface Resource {
  /** `{id}` stands for the one variable part. */
  readonly template: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  read(app: App, workspace: string, id: string): Promise<ResourceContent>;
  /** Ids that begin with what was typed. */
  complete(app: App, workspace: string, prefix: string, rowsMax: number): Promise<string[]>;
  /** The few that are always there, for the list; most are only reached by their template. */
  fixed?(app: App, workspace: string): Promise<{ id: string; title: string; description: string }[]>;
  /** The id of the resource that an event has changed. */
  changedBy?(event: EventRow): string | undefined;
}

export type ResourceContent =
  | { readonly mime: string; readonly text: string }
  | { readonly mime: string; readonly bytes: Uint8Array };

function json(value: unknown): ResourceContent {
  return { mime: "application/json", text: JSON.stringify(value) };
}

const sessionResource: Resource = {
  template: "cadre://session/{id}",
  name: "session",
  title: "Session",
  description:
    "Where one orchestration stands: counts, who holds what, drafts. Subscribe to hear of every change in it.",
  read: async (app, _workspace, id) => {
    const session = await app.sessions.find(id);
    const page = { session: id, withCompleted: true, limit: PAGE_ROWS_MAX };
    return json({ ...session, ...(await app.overview.status(session.workspace_id, page)) });
  },
  complete: (app, _workspace, prefix, rowsMax) => app.sessions.idsLike(prefix, rowsMax),
  changedBy: ({ data }) => (typeof data["session"] === "string" ? data["session"] : undefined),
};

const taskResource: Resource = {
  template: "cadre://task/{id}",
  name: "task",
  title: "Task",
  description: "One task with everything about it. Subscribe to hear of its changes.",
  read: async (app, _workspace, id) => json(await app.tasks.show(id)),
  complete: (app, _workspace, prefix, rowsMax) => app.tasks.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (type.startsWith("task.") ? subject : undefined),
};

const artifactResource: Resource = {
  template: "cadre://artifact/{id}",
  name: "artifact",
  title: "Artifact",
  description: "A kept result, as it is.",
  read: async (app, _workspace, id) => {
    const row = await app.artifacts.row(id);
    const bytes = await app.artifacts.bytes(row);
    return isText(row.mime) ? { mime: row.mime, text: new TextDecoder().decode(bytes) } : { mime: row.mime, bytes };
  },
  complete: (app, _workspace, prefix, rowsMax) => app.artifacts.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (type === "artifact.kept" ? subject : undefined),
};

const draftResource: Resource = {
  template: "cadre://draft/{id}",
  name: "draft",
  title: "Draft",
  description: "What is written of a task's result so far, by the task's id. Subscribe to see it grow.",
  read: async (app, _workspace, id) => {
    const draft = await app.drafts.read(id, DRAFT_CHARS_MAX);
    if (draft) return { mime: "text/markdown", text: draft.tail };
    throw new AppError("not_found", `no draft of ${id}`, { hint: "It is begun with task_append." });
  },
  complete: (app, _workspace, prefix, rowsMax) => app.tasks.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (type.startsWith("draft.") ? subject : undefined),
};

const roleResource: Resource = {
  template: "cadre://role/{id}",
  name: "role",
  title: "Role",
  description: "How one specialist decides, works and reports.",
  read: async (app, workspace, id) => json(await app.roles.show(workspace, id)),
  complete: async (app, workspace, prefix, rowsMax) => {
    const { roles } = await app.roles.list(workspace);
    return roles
      .map(({ id }) => id)
      .filter((id) => id.startsWith(prefix))
      .slice(0, rowsMax);
  },
  fixed: async (app, workspace) => {
    const { roles } = await app.roles.list(workspace);
    return roles.map(({ id, name, description }) => ({ id, title: name, description }));
  },
};

const executionResource: Resource = {
  template: "cadre://execution/{id}",
  name: "execution",
  title: "Execution",
  description: "One program that was run. With a slash and a path behind the id: a file that it left.",
  read: async (app, _workspace, id) => {
    const slash = id.indexOf("/");
    if (slash < 0) return json(await app.executions.show(id));
    const { mime, bytes } = await app.executions.file(id.slice(0, slash), id.slice(slash + 1));
    return isText(mime) ? { mime, text: new TextDecoder().decode(bytes) } : { mime, bytes };
  },
  complete: (app, _workspace, prefix, rowsMax) => app.executions.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (type === "execution.ended" ? subject : undefined),
};

const runResource: Resource = {
  template: "cadre://run/{id}",
  name: "run",
  title: "Run",
  description: "A workflow at work: its steps, what it waits for, what it came to. Subscribe to hear of every step.",
  read: async (app, _workspace, id) => json(await app.workflowRuns.show(id, RUN_STEPS_SHOWN, false)),
  complete: (app, _workspace, prefix, rowsMax) => app.workflowRuns.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (/^(run|step)\./.test(type) ? subject : undefined),
};

/** As the earlier research server had them. */
const orchestrationResource: Resource = {
  template: "orchestrator://{id}",
  name: "orchestration",
  title: "Orchestration",
  description:
    "PATTERN/info: what a pattern of agents takes. RUN/status and RUN/results: how one stands, and what it found.",
  read: async (app, workspace, id) => {
    const [name = "", part] = id.split("/");
    if (part === "info") return json(await patternInfo(app, workspace, name));
    const state = await app.workflowRuns.show(newId(name), 0, false);
    if (part === "status") return json(state);
    if (part === "results") return json({ id: state.id, status: state.status, results: state.output ?? null });
    throw new AppError("not_found", `no resource orchestrator://${printable(id)}`, {
      hint: "There are PATTERN/info, RUN/status and RUN/results.",
    });
  },
  complete: async (app, _workspace, prefix, rowsMax) =>
    (await app.workflowRuns.idsLike(newId(prefix), rowsMax)).map((id) => `${id}/status`),
  changedBy: ({ type, subject }) => (type.startsWith("run.") ? `${subject}/status` : undefined),
};

async function patternInfo(app: App, workspace: string, name: string) {
  const { id, file, source } = await app.workflows.show(workspace, name);
  const { name: title, description, inputs, aliases = [] } = file;
  return { id, title, description, aliases, source, inputs, steps: app.workflows.outline(file) };
}

const typesResource: Resource = {
  template: "cadre://types/{id}",
  name: "types",
  title: "Types",
  description: "tools: what a program may call, in TypeScript.",
  read: async (_app, _workspace, id) => {
    if (id !== TOOLS)
      throw new AppError("not_found", `no types ${printable(id)}`, { hint: "There is cadre://types/tools." });
    return { mime: "application/typescript", text: typeDeclarations((await import("./index.ts")).tools) };
  },
  complete: async (_app, _workspace, prefix) => (TOOLS.startsWith(prefix) ? [TOOLS] : []),
  fixed: async () => [
    { id: TOOLS, title: "Tools for programs", description: "What a program may call, in TypeScript." },
  ],
};

const TOOLS = "tools";

export const resources: readonly Resource[] = [
  sessionResource,
  taskResource,
  artifactResource,
  draftResource,
  roleResource,
  executionResource,
  runResource,
  typesResource,
  orchestrationResource,
];

export function resourceUri({ template }: Resource, id: string): string {
  return template.replace("{id}", encodeURIComponent(id).replaceAll("%2F", "/"));
}

/** The resource that an address names, and the id in it. */
export function findResource(uri: string): { readonly resource: Resource; readonly id: string } {
  for (const resource of resources) {
    const prefix = resource.template.slice(0, resource.template.indexOf("{"));
    if (!uri.startsWith(prefix) || uri.length > RESOURCE_URI_CHARS_MAX) continue;
    const id = decode(uri.slice(prefix.length));
    if (id !== undefined) return { resource, id };
  }
  throw new AppError("not_found", `no resource ${printable(uri.slice(0, URI_SHOWN_MAX))}`, {
    hint: `Addresses look like ${resources.map(({ template }) => template).join(" or ")}.`,
  });
}

/** The addresses whose content an event has changed. */
export function changedUris(event: EventRow): string[] {
  return resources.flatMap((resource) => {
    const id = resource.changedBy?.(event);
    return id === undefined ? [] : [resourceUri(resource, id)];
  });
}

const URI_SHOWN_MAX = 200;

/** The id as it can be looked up: NUL and half characters are in no id, and not every database takes them. */
function decode(part: string): string | undefined {
  try {
    const id = decodeURIComponent(part);
    return id.includes("\0") || !id.isWellFormed() ? undefined : id;
  } catch {
    return undefined;
  }
}
