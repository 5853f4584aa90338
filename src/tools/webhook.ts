import { z } from "zod";
import { Delivery, Webhook } from "../events/webhook-shown.ts";
import { workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const { shape } = Webhook;

export const webhookCreate = defineTool({
  name: "webhook_create",
  title: "Add a webhook",
  summary:
    "Tells an address of events by HTTP, signed as Standard Webhooks are, and again until it answers. Answers the secret that proves them; it is not shown again.",
  // It carries what happens here to somebody elsewhere.
  effect: "destroy",
  toolset: "admin",
  input: z.object({
    url: shape.url,
    types: shape.types.default([]).describe('Like "run.completed", or with a dot all below: "run."; all if not given.'),
    subject: shape.subject.describe("Only events of this run, task or session."),
    all: z.boolean().default(false).describe("Of every project."),
    workspace,
  }),
  output: Webhook.extend({ secret: z.string() }),
  positional: ["url"],
  run: async (app, { all, workspace: given, ...asked }, call) => {
    const found = all ? undefined : await app.workspaces.at(given ?? call.workspace);
    return app.webhooks.create(found?.id ?? null, asked);
  },
});

export const webhookList = defineTool({
  name: "webhook_list",
  title: "List webhooks",
  summary: "Who is told of events of the project, and how that goes; with an id its last deliveries.",
  effect: "read",
  toolset: "admin",
  input: z.object({ id: shape.id.optional(), workspace }),
  output: z.object({ webhooks: z.array(Webhook), deliveries: z.array(Delivery).optional() }),
  positional: ["id"],
  run: async (app, { id, workspace: given }, call) => {
    const found = await app.workspaces.find(given ?? call.workspace);
    const webhooks = await app.webhooks.list(found?.id);
    if (id === undefined) return { webhooks };
    return { webhooks: webhooks.filter((one) => one.id === id), deliveries: await app.webhooks.deliveries(id) };
  },
});

export const webhookDelete = defineTool({
  name: "webhook_delete",
  title: "Delete a webhook",
  summary: "Nothing is told any more, and what was not yet is forgotten.",
  effect: "destroy",
  toolset: "admin",
  input: z.object({ id: shape.id }),
  output: z.object({ id: shape.id, deleted: z.literal(true) }),
  positional: ["id"],
  run: async (app, { id }) => {
    await app.webhooks.remove(id);
    return { id, deleted: true as const };
  },
});

export const webhookReplay = defineTool({
  name: "webhook_replay",
  title: "Tell again",
  summary: "Tries everything again that was given up, or one delivery; a webhook that was left alone begins anew.",
  effect: "write",
  toolset: "admin",
  input: z.object({ id: shape.id, delivery: Delivery.shape.id.optional() }),
  output: z.object({ id: shape.id, again: z.number().int() }),
  positional: ["id", "delivery"],
  run: async (app, { id, delivery }) => ({ id, again: await app.webhooks.replay(id, delivery) }),
});
