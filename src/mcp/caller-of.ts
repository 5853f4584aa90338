import type { ServerContext } from "@modelcontextprotocol/server";
import type { Caller } from "../tools/caller.ts";

/** Who sent this request: the same for a whole connection over stdio, told by each request over HTTP. */
export type CallerOf = (context: ServerContext) => Caller;

/** The same caller where its project folder matters: its client may have to be asked for its roots first. */
export type Locate = (caller: Caller, context: ServerContext) => Caller | Promise<Caller>;
