import type { Random } from "../harness/random.ts";
import type { Known } from "./values.ts";

/** One way into the program, with something to do to it again and again. */
export interface Face {
  readonly name: string;
  /** One try; throws a Violation when a property does not hold. Tells what it sent, for the report. */
  round(random: Random, tell: (sent: string) => void): Promise<void>;
  /** Looks whether the program is well; called after the last round and now and then between. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface FaceOptions {
  readonly known: Known;
}

/** More than this is a leak: the largest single input is 10 MiB. */
export const RSS_BYTES_MAX = 700 * 1024 * 1024;
