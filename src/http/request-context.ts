import { continueTrace, requestIdOf, type Trace } from "../observe/trace.ts";
import type { Caller } from "../tools/caller.ts";
import type { Filter } from "../tools/filter.ts";
import { DESTROY_NEEDS_TOKEN } from "./auth.ts";

/** What a request is called in every log line and in its answer. */
export interface RequestNames {
  readonly requestId: string;
  readonly trace: Trace;
}

export interface RequestContext extends RequestNames {
  readonly caller: Caller;
}

export function requestNames(headers: Headers): RequestNames {
  return { requestId: requestIdOf(headers.get("x-request-id")), trace: continueTrace(headers.get("traceparent")) };
}

export function requestContext(
  { headers }: Request,
  names: RequestNames,
  { workspace, mayDestroy }: { readonly workspace: string; readonly mayDestroy: boolean },
): RequestContext {
  const caller: Caller = {
    workspace: headers.get("x-cadre-workspace") ?? workspace,
    filter: filterOf(headers),
    mayNotDestroy: mayDestroy ? undefined : DESTROY_NEEDS_TOKEN,
    requestId: names.requestId,
    traceId: names.trace.traceId,
  };
  return { ...names, caller };
}

/** A caller may take tools away from itself, by the headers that other MCP servers know. */
function filterOf(headers: Headers): Filter {
  const names = (header: string) =>
    headers
      .get(header)
      ?.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
  return {
    toolsets: names("x-mcp-toolsets"),
    tools: names("x-mcp-tools"),
    exclude: names("x-mcp-exclude-tools"),
    readOnly: /^(true|1|yes)$/i.test(headers.get("x-mcp-readonly") ?? ""),
  };
}
