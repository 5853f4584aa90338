import type { Agent } from "../base/agent.ts";
import type { AppError } from "../base/errors.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import type { Filter } from "./filter.ts";

/** Who calls: known once per connection, or anew with each request over HTTP. */
export interface Caller {
  readonly workspace: string;
  readonly workspaceFrom: WorkspaceSource;
  /** Undefined when it does not say its name: then its face knows whom to take it for. */
  readonly agent?: Agent | undefined;
  readonly filter: Filter;
  /** Why this caller may not call tools that destroy; undefined when it may. */
  readonly mayNotDestroy?: AppError | undefined;
  /** Names the request in every log line, when the face has given it a name already. */
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}
