import type { Server } from "@modelcontextprotocol/server";
import { COMPLETIONS_MAX, RESOURCE_URI_CHARS_MAX } from "../base/limits.ts";
import { findResource, resources, resourceUri } from "../tools/resources.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { CallerOf } from "./caller-of.ts";
import { refusal, refuse } from "./refusal.ts";

const MIME = "application/json";

/** The resource table as MCP sees it: a list of the few fixed ones, templates, reading, completion of ids. */
export function serveResources(server: Server, toolbox: Toolbox, callerOf: CallerOf): void {
  server.setRequestHandler("resources/list", async (_request, context) => {
    const app = await toolbox.open().catch(refuse);
    const { workspace } = callerOf(context);
    const lists = await Promise.all(
      resources.map(async (resource) => {
        const fixed = (await resource.fixed?.(app, workspace)) ?? [];
        return fixed.map(({ id, title, description }) => ({
          uri: resourceUri(resource, id),
          name: `${resource.name}/${id}`,
          title,
          description,
          mimeType: MIME,
        }));
      }),
    );
    return { resources: lists.flat() };
  });

  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: resources.map(({ template, name, title, description }) => ({
      uriTemplate: template,
      name,
      title,
      description,
      mimeType: MIME,
    })),
  }));

  server.setRequestHandler("resources/read", async ({ params }, context) => {
    const { uri } = params;
    const named = { uri: uri.slice(0, RESOURCE_URI_CHARS_MAX) };
    const { resource, id } = refusal(() => findResource(uri), named);
    const app = await toolbox.open().catch(refuse);
    const { workspace } = callerOf(context);
    const value = await resource.read(app, workspace, id).catch((thrown: unknown) => refuse(thrown, named));
    return { contents: [{ uri, mimeType: MIME, text: JSON.stringify(value) }] };
  });

  server.setRequestHandler("completion/complete", async ({ params }, context) => {
    const { ref, argument } = params;
    const resource = ref.type === "ref/resource" ? resources.find(({ template }) => template === ref.uri) : undefined;
    if (!resource || argument.name !== "id") return { completion: { values: [], hasMore: false } };
    const app = await toolbox.open().catch(refuse);
    const { workspace } = callerOf(context);
    const found = await resource.complete(app, workspace, argument.value, COMPLETIONS_MAX + 1).catch(refuse);
    return { completion: { values: found.slice(0, COMPLETIONS_MAX), hasMore: found.length > COMPLETIONS_MAX } };
  });
}
