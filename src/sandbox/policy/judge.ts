// A program under a policy: what it asks for and may have, and why it may not run at all.
import { formatBytes } from "../../base/bytes.ts";
import { formatDuration } from "../../base/duration.ts";
import { AppError, toAppError } from "../../base/errors.ts";
import { SCRIPT_MEMORY_BYTES_MAX } from "../../base/limits.ts";
import { isAtLeast, type Level } from "../isolation.ts";
import type { Limits } from "../limits.ts";
import { type Requirement, requirementsOf } from "../packages/requirements.ts";
import { isScript, type Program, runsInEngine, type SecurityLevel } from "../program.ts";
import { commandProblem, READING_COMMANDS } from "./command-rules.ts";
import { MACHINE_LANGUAGES, type MachineLanguage, type Policy, stricter } from "./policy.ts";

export interface Judged {
  readonly program: Program;
  /** What was asked for and is more than there may be. */
  readonly lowered: readonly string[];
  readonly refusal: AppError | undefined;
}

export function judge(
  asked: Program,
  policy: Policy,
  security: SecurityLevel | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Judged {
  const level = stricter(policy.security, security);
  const { limits, lowered } = lower(asked.limits, possible(asked, policy.limits));
  const passed = policy.env.flatMap((name): [string, string][] =>
    env[name] === undefined || RUNS_FIRST.test(name) ? [] : [[name, env[name]]],
  );
  const isEngine = runsInEngine(asked);
  const isOpen = policy.network !== "off" && level !== "high";
  const program: Program = {
    ...asked,
    limits,
    env: isEngine ? asked.env : { ...Object.fromEntries(passed), ...asked.env },
    // An engine has none, and says so to who asks for it.
    network: isEngine ? asked.network : isOpen && (asked.network || security === "low"),
    ...(isOpen && typeof policy.network === "object" ? { hosts: policy.network } : {}),
    ...(policy.imports ? { imports: policy.imports } : {}),
    ...(policy.index ? { index: policy.index } : {}),
    isReadOnly: level === "high",
    required: requiredLevel(asked, policy),
  };
  return { program, lowered, refusal: refusalOf(asked, policy, level) };
}

/** Variables that make an interpreter, or the loader of all programs, run something else before the program. */
const RUNS_FIRST = /^(LD_\w+|DYLD_\w+|GCONV_PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BUN_\w+|NODE_OPTIONS)$/;

/** Of what the policy allows, what the program's engine can use. */
function possible(program: Program, limits: Policy["limits"]): Policy["limits"] {
  if (!isScript(program) || !runsInEngine(program)) return limits;
  return { ...limits, memoryBytes: Math.min(limits.memoryBytes, SCRIPT_MEMORY_BYTES_MAX) };
}

function lower(asked: Limits, most: Policy["limits"]): { limits: Limits; lowered: string[] } {
  const wallMs = Math.min(asked.wallMs, most.wallMs);
  const limits: Limits = {
    wallMs,
    cpuMs: Math.min(asked.cpuMs, 2 * wallMs),
    memoryBytes: Math.min(asked.memoryBytes, most.memoryBytes),
    outputBytes: Math.min(asked.outputBytes, most.outputBytes),
    processes: Math.min(asked.processes, most.processes),
    diskBytes: Math.min(asked.diskBytes, most.diskBytes),
    openFiles: Math.min(asked.openFiles, most.openFiles),
  };
  return {
    limits,
    lowered: [
      ...(limits.wallMs < asked.wallMs ? [`timeout to ${formatDuration(limits.wallMs)}`] : []),
      ...(limits.memoryBytes < asked.memoryBytes ? [`memory to ${formatBytes(limits.memoryBytes)}`] : []),
    ],
  };
}

function machineLanguage(program: Program): MachineLanguage | undefined {
  if (runsInEngine(program)) return undefined;
  return MACHINE_LANGUAGES.find((one) => one === program.language) ?? "bun";
}

/** An engine is a boundary by itself; what runs on the machine needs one of the machine. */
function requiredLevel(program: Program, { require, unconfined }: Policy): Level {
  const own = machineLanguage(program);
  const level = own === undefined || unconfined.includes(own) ? "process" : require;
  const { required } = program;
  return required !== undefined && isAtLeast(required, level) ? required : level;
}

function refusalOf(program: Program, policy: Policy, level: SecurityLevel): AppError | undefined {
  if (!policy.languages.includes(program.language)) {
    const allowed = policy.languages.join(", ") || "none";
    return forbidden(`cannot run ${program.language}: the policy does not allow it`, `It allows ${allowed}.`);
  }
  return optionRefusal(program, policy, level) ?? codeRefusal(program, policy, level);
}

function optionRefusal(program: Program, policy: Policy, level: SecurityLevel): AppError | undefined {
  const first = Object.keys(program.env).find((name) => RUNS_FIRST.test(name));
  if (first !== undefined)
    return forbidden(`cannot set ${first}: it would have something else run before the program`, "Leave it out.");
  if (runsInEngine(program)) return databaseRefusal(program, level);
  if (program.network && level === "high")
    return forbidden("cannot run this with network: the security level is high", "Leave network out.");
  if (program.network && policy.network === "off") {
    return forbidden(
      "cannot run this with network: the policy keeps it off",
      "Who owns this machine may allow it: cadre code allow network HOST, or network without hosts for all.",
    );
  }
  return undefined;
}

function databaseRefusal({ database }: Program, level: SecurityLevel): AppError | undefined {
  if (!database?.mayWrite || level !== "high") return undefined;
  return forbidden("cannot write to that database: the security level is high", "Leave write out.");
}

function codeRefusal(program: Program, policy: Policy, level: SecurityLevel): AppError | undefined {
  if (policy.imports && machineLanguage(program) === "bun") {
    return forbidden(
      "cannot run the engine bun: the policy names the modules that may be imported, of Python",
      "Use the engine quickjs.",
    );
  }
  if (program.language === "python") return packageRefusal(program, policy, level);
  if (program.language !== "bash") return undefined;
  const allowed = level === "high" ? (policy.allowedCommands ?? READING_COMMANDS) : policy.allowedCommands;
  const problem = commandProblem(program.code, policy.blockedCommands, allowed);
  if (problem === undefined) return undefined;
  const hint = "The rules stand in the policy: blocked_commands, allowed_commands, security.";
  return forbidden(`cannot run this script: ${problem}`, hint);
}

function packageRefusal({ packages = [], code }: Program, policy: Policy, level: SecurityLevel): AppError | undefined {
  let needs: Requirement[];
  try {
    needs = requirementsOf(packages, code);
  } catch (problem) {
    return toAppError(problem);
  }
  if (needs.length > 0 && level === "high")
    return forbidden("cannot install packages: the security level is high", "Leave them out.");
  const other = needs.find(({ name }) => policy.packages && !policy.packages.includes(name));
  if (!other) return undefined;
  return forbidden(
    `cannot install ${other.name}: the policy does not allow it`,
    `It allows ${policy.packages?.join(", ") || "none"}.`,
  );
}

function forbidden(message: string, hint: string): AppError {
  return new AppError("forbidden", message, { hint });
}
