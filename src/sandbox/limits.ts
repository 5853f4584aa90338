import { z } from "zod";
import {
  CODE_DISK_BYTES,
  CODE_MEMORY_BYTES,
  CODE_OPEN_FILES,
  CODE_OUTPUT_BYTES,
  CODE_PROCESSES,
  CODE_WALL_MS,
} from "../base/limits.ts";

/** What one program may use. */
export interface Limits {
  readonly wallMs: number;
  /** Of the processor, by all its processes. */
  readonly cpuMs: number;
  /** Of all its processes together. */
  readonly memoryBytes: number;
  /** Of what it prints. */
  readonly outputBytes: number;
  readonly processes: number;
  /** Of all files that it writes. */
  readonly diskBytes: number;
  readonly openFiles: number;
}

export const LIMITS_DEFAULT: Limits = {
  wallMs: CODE_WALL_MS,
  cpuMs: 2 * CODE_WALL_MS, // Two processors may be at work.
  memoryBytes: CODE_MEMORY_BYTES,
  outputBytes: CODE_OUTPUT_BYTES,
  processes: CODE_PROCESSES,
  diskBytes: CODE_DISK_BYTES,
  openFiles: CODE_OPEN_FILES,
};

/** The limit that ended a program. */
export const LimitName = z.enum(["wall", "cpu", "memory", "output", "processes", "disk"]);
export type LimitName = z.infer<typeof LimitName>;
