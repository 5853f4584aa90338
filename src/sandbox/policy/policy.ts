// What programs may do here. The user's file may say anything; a project's file may only take away.
import { z } from "zod";
import { Bytes, formatBytes } from "../../base/bytes.ts";
import { Duration, formatDuration } from "../../base/duration.ts";
import {
  CODE_MEMORY_BYTES_MIN,
  CODE_WALL_MS_MAX,
  CODE_WORD_CHARS_MAX,
  CODE_WORDS_MAX,
  PATH_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../../base/limits.ts";
import { redact } from "../../base/redact.ts";
import { isAtLeast, Level } from "../isolation.ts";
import { LIMITS_DEFAULT, type Limits } from "../limits.ts";
import { LANGUAGES, type Language, SECURITY_LEVELS, type SecurityLevel } from "../program.ts";
import { BLOCKED_COMMANDS } from "./command-rules.ts";

/** Run as processes of this machine. */
export const MACHINE_LANGUAGES = ["python", "bash", "bun"] as const;
export type MachineLanguage = (typeof MACHINE_LANGUAGES)[number];

/** "off", "on", or the hosts that may be reached. */
export type Network = "off" | "on" | readonly string[];

const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;
const Size = z.string().max(WORD_CHARS_MAX).pipe(Bytes);
const Count = z.number().int().min(1);
const Words = z.array(z.string().min(1).max(PATH_CHARS_MAX)).max(CODE_WORDS_MAX);
/** YAML reads off and on as words, but may be told to read them as false and true. */
const NetworkWord = z
  .union([z.enum(["off", "on"]), z.boolean(), z.array(z.string().toLowerCase().regex(HOST)).max(CODE_WORDS_MAX)])
  .transform((word): Network => (typeof word === "boolean" ? (word ? "on" : "off") : word));

/** What a file may say. */
export const PolicyFile = z.strictObject({
  timeout: Duration.refine((ms) => ms <= CODE_WALL_MS_MAX, "10m at most")
    .optional()
    .describe("The most that a program may run."),
  memory: Size.refine((bytes) => bytes >= CODE_MEMORY_BYTES_MIN, "16MiB at least")
    .optional()
    .describe("Of all its processes together."),
  output: Size.optional().describe("Of what it prints."),
  processes: Count.optional().describe("Processes and threads."),
  disk: Size.optional().describe("Of all files that it writes."),
  open_files: Count.optional(),
  languages: z.array(z.enum(LANGUAGES)).optional().describe("Only these."),
  require: Level.optional().describe("The level that Python, Bash and Bun run at, at least."),
  unconfined: z
    .array(z.enum(MACHINE_LANGUAGES))
    .optional()
    .describe("May run where this machine can confine them no better."),
  security: z.enum(SECURITY_LEVELS).optional().describe("At least this."),
  network: NetworkWord.optional().describe('"off", "on", or a list of hosts, like pypi.org or *.example.com.'),
  env: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z_]\w*$/)
        .max(CODE_WORD_CHARS_MAX),
    )
    .max(CODE_WORDS_MAX)
    .optional()
    .describe("Variables of the server's environment that programs are given."),
  imports: Words.optional().describe("Modules that a Python program may import; all others are refused."),
  packages: z
    .array(z.string().max(PATH_CHARS_MAX).toLowerCase())
    .max(CODE_WORDS_MAX)
    .optional()
    .describe("Packages that Python programs may name; without it all, with an empty list none."),
  index: z
    .url({ protocol: /^(https?|file)$/ })
    .max(PATH_CHARS_MAX)
    .optional()
    .describe("Where packages come from; only of the user's file."),
  blocked_commands: Words.optional().describe(
    'Commands that a Bash script may not hold, like "rm -r /" or "git push".',
  ),
  allowed_commands: Words.optional().describe("Commands that a Bash script may hold; all others are refused."),
});
export type PolicyFile = z.output<typeof PolicyFile>;

export interface Policy {
  readonly limits: Omit<Limits, "cpuMs">;
  readonly languages: readonly Language[];
  readonly require: Level;
  readonly unconfined: readonly MachineLanguage[];
  readonly security: SecurityLevel;
  readonly network: Network;
  readonly env: readonly string[];
  readonly imports: readonly string[] | undefined;
  readonly packages: readonly string[] | undefined;
  readonly index: string | undefined;
  readonly blockedCommands: readonly string[];
  readonly allowedCommands: readonly string[] | undefined;
}

const POLICY_DEFAULT: Policy = {
  limits: { ...LIMITS_DEFAULT, wallMs: CODE_WALL_MS_MAX },
  languages: LANGUAGES,
  require: "landlock",
  unconfined: [],
  security: "low",
  network: "off",
  env: [],
  imports: undefined,
  packages: undefined,
  index: undefined,
  blockedCommands: BLOCKED_COMMANDS,
  allowedCommands: undefined,
};

/** The user's word counts, whatever it is. */
export function policyOf(user: PolicyFile): Policy {
  const { limits } = POLICY_DEFAULT;
  return {
    limits: {
      wallMs: user.timeout ?? limits.wallMs,
      memoryBytes: user.memory ?? limits.memoryBytes,
      outputBytes: user.output ?? limits.outputBytes,
      processes: user.processes ?? limits.processes,
      diskBytes: user.disk ?? limits.diskBytes,
      openFiles: user.open_files ?? limits.openFiles,
    },
    languages: user.languages ?? LANGUAGES,
    require: user.require ?? POLICY_DEFAULT.require,
    unconfined: user.unconfined ?? [],
    security: user.security ?? POLICY_DEFAULT.security,
    network: user.network ?? POLICY_DEFAULT.network,
    env: user.env ?? [],
    imports: user.imports,
    packages: user.packages,
    index: user.index,
    blockedCommands: user.blocked_commands ?? BLOCKED_COMMANDS,
    allowedCommands: user.allowed_commands,
  };
}

/** The same in the words of a file. */
export function inWords({ limits, ...policy }: Policy): Record<string, unknown> {
  return {
    timeout: formatDuration(limits.wallMs),
    memory: formatBytes(limits.memoryBytes),
    output: formatBytes(limits.outputBytes),
    processes: limits.processes,
    disk: formatBytes(limits.diskBytes),
    open_files: limits.openFiles,
    languages: policy.languages,
    require: policy.require,
    unconfined: policy.unconfined,
    security: policy.security,
    network: policy.network,
    env: policy.env,
    imports: policy.imports,
    packages: policy.packages,
    index: policy.index === undefined ? undefined : redact(policy.index),
    blocked_commands: policy.blockedCommands,
    allowed_commands: policy.allowedCommands,
  };
}

/** A project's word counts where it takes something away. */
export function tightened(policy: Policy, project: PolicyFile): Policy {
  const { limits } = policy;
  const least = (own: number, other: number | undefined) => Math.min(own, other ?? own);
  return {
    limits: {
      wallMs: least(limits.wallMs, project.timeout),
      memoryBytes: least(limits.memoryBytes, project.memory),
      outputBytes: least(limits.outputBytes, project.output),
      processes: least(limits.processes, project.processes),
      diskBytes: least(limits.diskBytes, project.disk),
      openFiles: least(limits.openFiles, project.open_files),
    },
    languages: common(policy.languages, project.languages),
    require: project.require && isAtLeast(project.require, policy.require) ? project.require : policy.require,
    // A project that asks for a level means it.
    unconfined: project.require ? [] : common(policy.unconfined, project.unconfined),
    security: stricter(policy.security, project.security),
    network: commonNetwork(policy.network, project.network),
    env: common(policy.env, project.env),
    imports: policy.imports ? common(policy.imports, project.imports) : project.imports,
    packages: policy.packages ? common(policy.packages, project.packages) : project.packages,
    index: policy.index,
    blockedCommands: [...new Set([...policy.blockedCommands, ...(project.blocked_commands ?? [])])],
    allowedCommands: policy.allowedCommands
      ? common(policy.allowedCommands, project.allowed_commands)
      : project.allowed_commands,
  };
}

export function stricter(one: SecurityLevel, other: SecurityLevel | undefined): SecurityLevel {
  return other && SECURITY_LEVELS.indexOf(other) > SECURITY_LEVELS.indexOf(one) ? other : one;
}

function common<T>(own: readonly T[], other: readonly T[] | undefined): readonly T[] {
  return other ? own.filter((one) => other.includes(one)) : own;
}

function commonNetwork(own: Network, project: Network | undefined): Network {
  if (project === undefined || project === "on" || own === "off") return own;
  if (project === "off" || own === "on") return project;
  return own.filter((host) => project.includes(host));
}
