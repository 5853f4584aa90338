import type { LoggingLevel } from "@modelcontextprotocol/server";
import { isRecord } from "../base/json.ts";

/** What a client of the older era asked for and relies on: gone with a connection over stdio, kept with a session over HTTP. */
export class ClientState {
  /** The resources that it follows. */
  readonly subscriptions: Set<string>;
  /** From which level on it wants the log; undefined when it never asked. */
  logLevel: LoggingLevel | undefined;
  /** Ids of its requests that are at work. */
  readonly atWork = new Set<string>();
  /** False over HTTP, where the log tells of other clients too: this one hears of its own requests. */
  readonly hearsWholeLog: boolean;
  readonly #keep: (json: string) => Promise<void>;

  constructor(kept = "{}", keep?: (json: string) => Promise<void>) {
    const state: unknown = JSON.parse(kept);
    const { subscriptions = [], log_level } = (isRecord(state) ? state : {}) as {
      subscriptions?: string[];
      log_level?: LoggingLevel;
    };
    this.subscriptions = new Set(subscriptions);
    this.logLevel = log_level;
    this.hearsWholeLog = keep === undefined;
    this.#keep = keep ?? (async () => {});
  }

  /** Resolves when the change outlives this process. */
  changed(): Promise<void> {
    return this.#keep(JSON.stringify({ subscriptions: [...this.subscriptions], log_level: this.logLevel }));
  }
}
