import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";

export type Noun =
  | "task"
  | "workspace"
  | "session"
  | "backup"
  | "artifact"
  | "draft"
  | "lease"
  | "process"
  | "execution"
  | "scan"
  | "run"
  | "reply"
  | "schedule"
  | "webhook"
  | "cluster"
  | "delivery";

/** Twelve hex digits: 48 random bits, so that two of a million ids are alike once in 500 databases. The key refuses it then. */
const ID_BYTES = 6;

export interface Ids {
  next(noun: Noun): string;
}

export const randomIds: Ids = {
  next: (noun) => `${noun}_${randomBytes(ID_BYTES).toString("hex")}`,
};

export function idSchema(noun: Noun) {
  return z.string().regex(new RegExp(`^${noun}_[0-9a-f]{12}$`), `expected an id like ${noun}_0123456789ab`);
}

/** A short name for a long value that is the same every time. */
export function digest(value: string | Uint8Array): string {
  return createHash("sha256").update(value).digest("hex");
}
