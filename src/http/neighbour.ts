import { deadline } from "../base/clock.ts";
import { isRecord } from "../base/json.ts";

/** The cadre that has a port already. */
export interface Neighbour {
  readonly pid: number;
  readonly version: string;
}

const ANSWER_MS_MAX = 1_000;

/** Asks whoever listens there whether it is a cadre; undefined when it is something else, or silent. */
export async function askNeighbour(origin: string): Promise<Neighbour | undefined> {
  try {
    const response = await fetch(`${origin}/health`, {
      signal: deadline(ANSWER_MS_MAX),
      redirect: "error",
      // A connection that is kept leads to whoever had the port when it was made.
      keepalive: false,
    });
    const health: unknown = await response.json();
    if (!isRecord(health) || health["name"] !== "cadre" || !Number.isSafeInteger(health["pid"])) return undefined;
    return { pid: Number(health["pid"]), version: String(health["version"]) };
  } catch {
    return undefined;
  }
}
