import { sharedAgent } from "../base/agent.ts";
import { AppError } from "../base/errors.ts";
import { didYouMean } from "../base/text.ts";
import { refusalFor } from "../tools/caller.ts";
import { fromText } from "../tools/from-text.ts";
import type { Call, Tool } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { type BodyBudget, readJson } from "./body.ts";
import type { Idempotency } from "./idempotency.ts";
import type { RequestContext } from "./request-context.ts";

/** Nothing tells one script from another that does not say its name. */
const ANYBODY = sharedAgent("rest");

/** Where a tool stands under /v1: task_show → GET /v1/task/show. */
export function route(tool: Tool): { readonly method: "GET" | "POST"; readonly path: string } {
  const [noun, ...verb] = tool.name.split("_");
  return { method: tool.effect === "read" ? "GET" : "POST", path: `/v1/${noun}/${verb.join("-")}` };
}

/** The tool table as REST: the same inputs, the same answers, the same errors. */
export class Rest {
  readonly #toolbox: Toolbox;
  readonly #idempotency: Idempotency;
  readonly #budget: BodyBudget | undefined;
  readonly #routes: ReadonlyMap<string, Tool>;

  constructor(toolbox: Toolbox, idempotency: Idempotency, budget?: BodyBudget) {
    this.#budget = budget;
    this.#toolbox = toolbox;
    this.#idempotency = idempotency;
    this.#routes = new Map(toolbox.table.filter((tool) => !tool.aliasOf).map((tool) => [route(tool).path, tool]));
  }

  find(path: string): Tool | undefined {
    return this.#routes.get(path);
  }

  async fetch(request: Request, path: string, context: RequestContext): Promise<Response> {
    const tool = this.#routes.get(path);
    if (!tool) throw noRoute(path, this.#routes.keys());
    const { method } = route(tool);
    const given = request.method === "HEAD" ? "GET" : request.method;
    if (given !== method) throw wrongMethod(request.method, method, path);
    const { caller } = context;
    this.#toolbox.find(tool.name, caller.filter);
    const refusal = refusalFor(tool, caller);
    if (refusal) throw refusal;

    const raw = method === "GET" ? fromText(tool, queryOf(request)) : await readJson(request, this.#budget);
    const call = (signal: AbortSignal) => this.#toolbox.call(tool, raw, callFrom(context, signal));
    const key = request.headers.get("idempotency-key");
    if (key === null || method === "GET") return Response.json(await call(request.signal));
    // A write with a key goes on when its caller has gone: the answer waits for whoever sends it again.
    const unhurried = () => call(new AbortController().signal);
    return Response.json(await this.#idempotency.once(key, [tool.name, caller.workspace, raw], unhurried));
  }
}

/** The circumstances of a call that a request makes. */
export function callFrom({ requestId, trace, caller }: RequestContext, signal: AbortSignal): Call {
  return {
    requestId,
    traceId: trace.traceId,
    face: "rest",
    workspace: caller.workspace,
    workspaceFrom: caller.workspaceFrom,
    agent: caller.agent ?? ANYBODY,
    filter: caller.filter,
    signal,
    progress: () => {},
  };
}

function queryOf(request: Request): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of new URL(request.url).searchParams) query[name] = [...(query[name] ?? []), value];
  return query;
}

export function noRoute(path: string, paths: Iterable<string>): AppError {
  return new AppError("not_found", `no route ${path.slice(0, PATH_SHOWN_MAX)}`, {
    hint: didYouMean(path, paths, "GET /v1/openapi.json lists them all."),
  });
}

export function wrongMethod(given: string, allowed: string, path: string): AppError {
  return new AppError("not_allowed", `cannot ${given} ${path.slice(0, PATH_SHOWN_MAX)}`, { hint: `Use ${allowed}.` });
}

const PATH_SHOWN_MAX = 200;
