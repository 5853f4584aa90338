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
    workspace: pathIn(headers.get("x-cadre-workspace")) ?? workspace,
    filter: filterOf(headers),
    mayNotDestroy: mayDestroy ? undefined : DESTROY_NEEDS_TOKEN,
    requestId: names.requestId,
    traceId: names.trace.traceId,
  };
  return { ...names, caller };
}

/** Headers are bytes: read as UTF-8 where they are. A client that cannot send such bytes gives the folder's file: address. */
function pathIn(header: string | null): string | undefined {
  if (header === null) return undefined;
  const path = fromUtf8(header);
  if (!path.startsWith("file://") || !URL.canParse(path)) return path;
  return fromPercent(new URL(path).pathname).replace(/^\/(?=[A-Za-z]:)/, "");
}

function fromUtf8(header: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(header, (char) => char.charCodeAt(0)));
  } catch {
    return header; // Latin-1, as older clients write it.
  }
}

function fromPercent(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
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
