import type { ServerContext } from "@modelcontextprotocol/server";
import type { Caller } from "../tools/caller.ts";

/** Who sent this request: the same for a whole connection over stdio, told by each request over HTTP. */
export type CallerOf = (context: ServerContext) => Caller;
