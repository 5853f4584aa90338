import type { LoggingLevel } from "@modelcontextprotocol/server";
import { isRecord } from "../base/json.ts";

/** What a client of the older era asked for and relies on: gone with a connection over stdio, kept with a session over HTTP. */
export class ClientState {
  /** The resources that it follows. */
  readonly subscriptions: Set<string>;
  /** From which level on it wants the log; undefined when it never asked. */
  logLevel: LoggingLevel | undefined;
  readonly #keep: (json: string) => Promise<void>;

  constructor(kept = "{}", keep: (json: string) => Promise<void> = async () => {}) {
    const state: unknown = JSON.parse(kept);
    const { subscriptions = [], log_level } = (isRecord(state) ? state : {}) as {
      subscriptions?: string[];
      log_level?: LoggingLevel;
    };
    this.subscriptions = new Set(subscriptions);
    this.logLevel = log_level;
    this.#keep = keep;
  }

  /** Resolves when the change outlives this process. */
  changed(): Promise<void> {
    return this.#keep(JSON.stringify({ subscriptions: [...this.subscriptions], log_level: this.logLevel }));
  }
}
