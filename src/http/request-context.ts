import { type Agent, AgentName, namedAgent } from "../base/agent.ts";
import { AppError } from "../base/errors.ts";
import { pathOfFileUri } from "../base/file-uri.ts";
import { AGENT_CHARS_MAX } from "../base/limits.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import { continueTrace, requestIdOf, type Trace } from "../observe/trace.ts";
import type { Caller } from "../tools/caller.ts";
import type { Filter } from "../tools/filter.ts";
import { WITHOUT_TOKEN } from "./auth.ts";

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

interface ServerFacts {
  /** The project folder of requests that name none, and how it was found. */
  readonly workspace: string;
  readonly workspaceFrom: WorkspaceSource;
  readonly isTrusted: boolean;
}

export function requestContext(
  { headers }: Request,
  names: RequestNames,
  { workspace, workspaceFrom, isTrusted }: ServerFacts,
): RequestContext {
  const given = pathIn(headers.get("x-cadre-workspace"));
  const caller: Caller = {
    workspace: given ?? workspace,
    workspaceFrom: given === undefined ? workspaceFrom : "header",
    agent: agentIn(headers.get("x-cadre-agent")),
    filter: filterOf(headers),
    withoutToken: isTrusted ? undefined : WITHOUT_TOKEN,
    requestId: names.requestId,
    traceId: names.trace.traceId,
  };
  return { ...names, caller };
}

/** Headers are bytes: read as UTF-8 where they are. A client that cannot send such bytes gives the folder's file: address. */
function pathIn(header: string | null): string | undefined {
  if (header === null) return undefined;
  const path = fromUtf8(header);
  // An address that names no path beyond doubt is refused like every other text that is none.
  return pathOfFileUri(path) ?? path;
}

function agentIn(header: string | null): Agent | undefined {
  if (header === null) return undefined;
  const name = AgentName.safeParse(fromUtf8(header));
  if (name.success) return namedAgent(name.data);
  throw new AppError("invalid_input", "cannot use X-Cadre-Agent: it is no name", {
    hint: `Send 1 to ${AGENT_CHARS_MAX} characters that can be shown, or leave it out.`,
  });
}

function fromUtf8(header: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(header, (char) => char.charCodeAt(0)));
  } catch {
    return header; // Latin-1, as older clients write it.
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
