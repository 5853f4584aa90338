// The routes of the earlier research server: its curl lines run here, under the host of this one.
import { AppError, toAppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import type { EventRow } from "../store/events.ts";
import { refusalFor } from "../tools/caller.ts";
import { newId, tellInOldWords } from "../tools/research-aliases.ts";
import type { App } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { oldEvent } from "../workflows/old-events.ts";
import { type BodyBudget, readJson } from "./body.ts";
import type { EventStreams } from "./event-stream.ts";
import { toolList } from "./lists.ts";
import type { RequestContext } from "./request-context.ts";
import { callFrom } from "./rest.ts";

/** Beside the tools that have these names themselves. */
const OWN = ["list_registered_tools", "execute_registered_tool"] as const;
const NAMES: readonly string[] = [
  "orchestrate_research",
  "orchestrate_search",
  "get_orchestration_status",
  "cancel_orchestration",
  "list_orchestrator_patterns",
  ...OWN,
];

export class Classic {
  readonly #toolbox: Toolbox;
  readonly #streams: EventStreams;
  readonly #budget: BodyBudget;

  constructor(toolbox: Toolbox, streams: EventStreams, budget: BodyBudget) {
    this.#toolbox = toolbox;
    this.#streams = streams;
    this.#budget = budget;
  }

  /** `POST /tools/{name}`: what went wrong is in the body, as it was. */
  async tool(request: Request, name: string, context: RequestContext): Promise<Response> {
    try {
      const body = await readJson(request, this.#budget);
      const answer = await this.#answer(name, isRecord(body) ? body : {}, context, request.signal);
      const { failure, ...rest } = answer;
      const error = isRecord(failure) ? { error: failure["message"] } : {};
      return Response.json({ success: true, ...rest, ...oldStatus(rest), ...error, ...streamOf(rest) });
    } catch (cause) {
      const { http, message, hint, fields, retryAfterMs } = toAppError(cause);
      const problems = fields.map((field) => `${field.path}: ${field.message}`);
      const headers = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
      const body = { success: false, error: message, hint, validation_errors: problems };
      return Response.json(body, { status: http, headers });
    }
  }

  async #answer(
    name: string,
    body: Record<string, unknown>,
    context: RequestContext,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    if (!NAMES.includes(name)) {
      throw new AppError("not_found", `no tool ${name.slice(0, 100)} here`, { hint: `There are ${NAMES.join(", ")}.` });
    }
    if (name === "list_registered_tools") return toolList(this.#toolbox, context.caller.filter);
    if (name !== "execute_registered_tool") return this.#call(name, body, context, signal);
    const { tool_name: wanted, arguments: input = {} } = body;
    if (typeof wanted !== "string") {
      const fields = [{ path: "tool_name", message: "expected a text" }];
      throw new AppError("invalid_input", "cannot call a tool: tool_name is missing", {
        hint: 'Send {"tool_name": "role_list", "arguments": {}}.',
        fields,
      });
    }
    return { tool: wanted, result: await this.#call(wanted, input, context, signal) };
  }

  #call(name: string, input: unknown, context: RequestContext, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { caller } = context;
    const tool = this.#toolbox.find(name, caller.filter);
    const refusal = refusalFor(tool, caller);
    if (refusal) throw refusal;
    return this.#toolbox.call(tool, input, callFrom(context, signal));
  }

  /** `GET /stream/{task_id}`: all that has happened, in the old words, and then as it happens. */
  async stream(request: Request, taskId: string): Promise<Response> {
    const app = await this.#toolbox.open();
    const id = newId(taskId);
    await app.workflowRuns.state(id);
    return this.#streams.fetch(request, {
      filter: { subject: id },
      isLast: (event) => app.workflowRuns.isLast(event),
      frame: (event, isLast) => frameOf(event, taskId, isLast),
    });
  }

  /** `POST /webhook/register` and `/webhook/unregister`. */
  async webhook(request: Request, verb: string, context: RequestContext): Promise<Response> {
    const { caller } = context;
    if (caller.withoutToken) throw caller.withoutToken;
    const body = await readJson(request, this.#budget);
    const { task_id: task, webhook_url: url, url: other = url } = isRecord(body) ? body : {};
    const app = await this.#toolbox.open();
    const subject = typeof task === "string" ? newId(task) : undefined;
    if (verb === "unregister") return unregister(app, caller.workspace, subject);
    const given = { url: other, ...(subject === undefined ? {} : { subject }) };
    const made =
      typeof task === "string" && typeof other === "string"
        ? await tellInOldWords(app, caller.workspace, task, other)
        : await this.#call("webhook_create", given, context, request.signal);
    return Response.json({ success: true, task_id: task, webhook_id: made["id"], ...made });
  }
}

async function unregister(app: App, path: string, subject: string | undefined): Promise<Response> {
  const workspace = await app.workspaces.find(path);
  const hooks = (await app.webhooks.list(workspace?.id)).filter((hook) => hook.subject === subject);
  const own = subject === undefined ? [] : hooks;
  for (const { id } of own) await app.webhooks.remove(id);
  return Response.json({ success: own.length > 0, removed: own.length });
}

/** Words for where a run stands that are new. */
const OLD_STATUS: Readonly<Record<string, string>> = { gated: "queued", queued: "pending", waiting: "running" };

function oldStatus({ status }: Record<string, unknown>): Record<string, unknown> {
  return typeof status === "string" ? { status: OLD_STATUS[status] ?? status } : {};
}

function streamOf({ task_id: id }: Record<string, unknown>): Record<string, unknown> {
  return typeof id === "string" ? { stream_url: `/stream/${id}` } : {};
}

function frameOf(event: EventRow, taskId: string, isLast: boolean): string {
  const old = oldEvent(event, taskId);
  const told = old ? `id: ${event.seq}\nevent: ${old.event_type}\ndata: ${JSON.stringify(old)}\n\n` : "";
  if (!isLast) return told;
  const closed = {
    event_type: "stream_closed",
    task_id: taskId,
    timestamp: new Date(event.at_ms).toISOString(),
    data: {},
  };
  return `${told}event: stream_closed\ndata: ${JSON.stringify(closed)}\n\n`;
}
