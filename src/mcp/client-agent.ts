import { CLIENT_INFO_META_KEY, type Server, type ServerContext } from "@modelcontextprotocol/server";
import type { Agent } from "../base/agent.ts";
import { isRecord } from "../base/json.ts";
import { AGENT_CHARS_MAX } from "../base/limits.ts";
import { clip, printable } from "../base/text.ts";
import type { Caller } from "../tools/caller.ts";

/** Who makes the calls of one connection: the caller by the name that it gave itself, else the connection, shown as the client's program. */
export class ClientAgent {
  readonly #server: Server;
  #connection: Agent;
  #name: unknown;
  #version: unknown;

  constructor(server: Server, connection: Agent) {
    this.#server = server;
    this.#connection = connection;
  }

  /** Made anew only when the client says that it is another program: in the newer era, each request says which. */
  of({ agent }: Caller, context: ServerContext): Agent {
    if (agent) return agent;
    const envelope = context.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
    const info = envelope?.[CLIENT_INFO_META_KEY] ?? this.#server.getClientVersion();
    if (isRecord(info) && (info["name"] !== this.#name || info["version"] !== this.#version)) {
      this.#name = info["name"];
      this.#version = info["version"];
      const label = labelOf(this.#name, this.#version);
      if (label !== "") this.#connection = { ...this.#connection, label };
    }
    return this.#connection;
  }
}

function labelOf(name: unknown, version: unknown): string {
  const words = [name, version]
    .filter((word) => typeof word === "string")
    .map((word) => word.slice(0, AGENT_CHARS_MAX));
  return clip(printable(words.join(" ").replace(/\s+/g, " ").trim()), AGENT_CHARS_MAX);
}
