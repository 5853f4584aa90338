import type { AppError } from "../base/errors.ts";
import type { Filter } from "./filter.ts";

/** Who calls: known once per connection, or anew with each request over HTTP. */
export interface Caller {
  readonly workspace: string;
  readonly filter: Filter;
  /** Why this caller may not call tools that destroy; undefined when it may. */
  readonly mayNotDestroy?: AppError | undefined;
  /** Names the request in every log line, when the face has given it a name already. */
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}
