// What a server and its engine say to each other, one JSON value a line. Only texts and numbers cross.
import { z } from "zod";
import { LimitName } from "../limits.ts";

export interface EngineLimits {
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

export interface ScriptJob {
  readonly language: "javascript" | "typescript";
  readonly code: string;
  readonly args: readonly string[];
  /** JSON, or nothing. */
  readonly input: string | undefined;
  readonly limits: EngineLimits;
  /** What one program leaves, the next finds. */
  readonly isCell: boolean;
  /** Names of tools that the program may call. */
  readonly tools: readonly string[];
}

export interface SqlJob {
  readonly language: "sql";
  readonly code: string;
  /** JSON: values by name, or in order. */
  readonly params: string | undefined;
  readonly database: { readonly path: string; readonly mayWrite: boolean } | undefined;
  readonly limits: EngineLimits;
}

export type Job = ScriptJob | SqlJob;

/** What a program did wrong, as its language says it. */
export const ProgramError = z.object({
  name: z.string(),
  message: z.string(),
  line: z.number().optional(),
  stack: z.string().optional(),
  hint: z.string().optional(),
});
export type ProgramError = z.infer<typeof ProgramError>;

export const EngineResult = z.object({
  status: z.enum(["completed", "error", "timeout", "limit", "denied"]),
  limit: LimitName.optional(),
  error: ProgramError.optional(),
  /** JSON. */
  result: z.string().optional(),
  columns: z.array(z.string()).optional(),
  /** JSON: a list of rows. */
  rows: z.string().optional(),
  truncated: z.boolean().optional(),
  changes: z.number().optional(),
  peak_bytes: z.number().optional(),
  cpu_ms: z.number().optional(),
  /** The engine is not to be trusted with another program. */
  spent: z.boolean().optional(),
});
export type EngineResult = z.infer<typeof EngineResult>;

export const FromEngine = z.discriminatedUnion("says", [
  z.object({ says: z.literal("ready") }),
  z.object({ says: z.literal("output"), stream: z.enum(["stdout", "stderr"]), text: z.string() }),
  z.object({ says: z.literal("call"), call: z.number(), tool: z.string(), input: z.string() }),
  z.object({ says: z.literal("result"), result: EngineResult }),
]);
export type FromEngine = z.infer<typeof FromEngine>;

export type ToEngine =
  | { readonly job: Job }
  | { readonly call: number; readonly answer: string }
  | { readonly call: number; readonly error: string };
