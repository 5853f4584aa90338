import type { Agent } from "../base/agent.ts";
import type { AppError } from "../base/errors.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import type { Filter } from "./filter.ts";
import type { Tool } from "./tool.ts";

/** Who calls: known once per connection, or anew with each request over HTTP. */
export interface Caller {
  readonly workspace: string;
  readonly workspaceFrom: WorkspaceSource;
  /** Undefined when it does not say its name: then its face knows whom to take it for. */
  readonly agent?: Agent | undefined;
  readonly filter: Filter;
  /** It has not shown the token: why it may not call tools that destroy or show files; undefined when it may. */
  readonly withoutToken?: AppError | undefined;
  /** Names the request in every log line, when the face has given it a name already. */
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** Why this caller may not call the tool; undefined when it may. */
export function refusalFor(tool: Tool, { withoutToken }: Pick<Caller, "withoutToken">): AppError | undefined {
  return tool.effect === "destroy" || tool.showsFiles ? withoutToken : undefined;
}
