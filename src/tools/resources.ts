import { AppError } from "../base/errors.ts";
import { RESOURCE_URI_CHARS_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import type { EventRow } from "../store/events.ts";
import type { App } from "./tool.ts";

/** Something that a client can read and follow by its address. Declared once, projected by the MCP face. */
export interface Resource {
  /** `{id}` stands for the one variable part. */
  readonly template: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  read(app: App, workspace: string, id: string): Promise<unknown>;
  /** Ids that begin with what was typed. */
  complete(app: App, workspace: string, prefix: string, rowsMax: number): Promise<string[]>;
  /** The few that are always there, for the list; most are only reached by their template. */
  fixed?(app: App, workspace: string): Promise<{ id: string; title: string; description: string }[]>;
  /** The id of the resource that an event has changed. */
  changedBy?(event: EventRow): string | undefined;
}

const taskResource: Resource = {
  template: "cadre://task/{id}",
  name: "task",
  title: "Task",
  description: "One task with everything about it. Subscribe to hear of its changes.",
  read: (app, _workspace, id) => app.tasks.show(id),
  complete: (app, _workspace, prefix, rowsMax) => app.tasks.idsLike(prefix, rowsMax),
  changedBy: ({ type, subject }) => (type.startsWith("task.") ? subject : undefined),
};

const roleResource: Resource = {
  template: "cadre://role/{id}",
  name: "role",
  title: "Role",
  description: "How one specialist decides, works and reports.",
  read: (app, workspace, id) => app.roles.show(workspace, id),
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

export const resources: readonly Resource[] = [taskResource, roleResource];

export function resourceUri({ template }: Resource, id: string): string {
  return template.replace("{id}", encodeURIComponent(id));
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
