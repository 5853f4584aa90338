import type { CompleteRequest, Server, ServerContext } from "@modelcontextprotocol/server";
import { COMPLETIONS_MAX, RESOURCE_URI_CHARS_MAX } from "../base/limits.ts";
import type { Caller } from "../tools/caller.ts";
import { promptsOf } from "../tools/prompts.ts";
import { findResource, resources, resourceUri } from "../tools/resources.ts";
import type { App } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { refusal, refuse } from "./refusal.ts";

/** The resource table as MCP sees it: a list of the few fixed ones, templates, reading, completion of ids. */
export function serveResources(
  server: Server,
  toolbox: Toolbox,
  callerOf: (context: ServerContext) => Caller | Promise<Caller>,
): void {
  server.setRequestHandler("resources/list", async (_request, context) => {
    const app = await toolbox.open().catch(refuse);
    const { workspace } = await callerOf(context);
    const lists = await Promise.all(
      resources.map(async (resource) => {
        const fixed = (await resource.fixed?.(app, workspace)) ?? [];
        return fixed.map(({ id, title, description }) => ({
          uri: resourceUri(resource, id),
          name: `${resource.name}/${id}`,
          title,
          description,
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
    })),
  }));

  server.setRequestHandler("resources/read", async ({ params }, context) => {
    const { uri } = params;
    const named = { uri: uri.slice(0, RESOURCE_URI_CHARS_MAX) };
    const { resource, id } = refusal(() => findResource(uri), named);
    const app = await toolbox.open().catch(refuse);
    const { workspace } = await callerOf(context);
    const content = await resource.read(app, workspace, id).catch((thrown: unknown) => refuse(thrown, named));
    const mimeType = content.mime;
    if ("text" in content) return { contents: [{ uri, mimeType, text: content.text }] };
    return { contents: [{ uri, mimeType, blob: Buffer.from(content.bytes).toString("base64") }] };
  });

  server.setRequestHandler("completion/complete", async ({ params }, context) => {
    const app = await toolbox.open().catch(refuse);
    const { workspace } = await callerOf(context);
    const found = await suggestions(app, workspace, params).catch(refuse);
    return { completion: { values: found.slice(0, COMPLETIONS_MAX), hasMore: found.length > COMPLETIONS_MAX } };
  });
}

type Completing = CompleteRequest["params"];

/** Of an address its id, of a prompt its arguments. */
async function suggestions(app: App, workspace: string, { ref, argument }: Completing): Promise<readonly string[]> {
  if (ref.type === "ref/prompt") {
    const prompt = (await promptsOf(app, workspace)).find(({ name }) => name === ref.name);
    return (await prompt?.complete?.(app, workspace, argument.name, argument.value)) ?? [];
  }
  const resource = resources.find(({ template }) => template === ref.uri);
  if (!resource || argument.name !== "id") return [];
  return resource.complete(app, workspace, argument.value, COMPLETIONS_MAX + 1);
}
