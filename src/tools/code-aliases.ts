// The old names of what runs code, with the parameters that they took.
import { z } from "zod";
import { parseDuration } from "../base/duration.ts";
import {
  CODE_CHARS_MAX,
  CODE_PACKAGES_MAX,
  CODE_REQUIREMENT_CHARS_MAX,
  CODE_WALL_MS_MAX,
  PAGE_ROWS_MAX,
  PATH_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { LANGUAGES, SECURITY_LEVELS } from "../sandbox/program.ts";
import { codeRun, executionList } from "./code.ts";
import { defineAlias, type Tool } from "./tool.ts";

const Word = z.string().max(WORD_CHARS_MAX);
const code = z.string().min(1).max(CODE_CHARS_MAX);
const task_id = Word.optional();
const working_directory = z.string().min(1).max(PATH_CHARS_MAX).optional();
const packages = z.array(z.string().max(CODE_REQUIREMENT_CHARS_MAX)).max(CODE_PACKAGES_MAX).optional();

/** The old timeouts had no unit: some callers meant seconds, others milliseconds. Nobody waits for 1,000 seconds. */
const SECONDS_MAX = 999;
const timeout = z
  .union([z.number().positive().max(CODE_WALL_MS_MAX), Word])
  .transform((given) => {
    if (typeof given === "string") return parseDuration(given) === undefined ? given : given;
    return given > SECONDS_MAX ? `${given}ms` : `${given}s`;
  })
  .optional()
  .describe("Seconds, or milliseconds from 1000 on.");

function oldFields(answer: Record<string, unknown>): Record<string, unknown> {
  const { id, status, stdout, usage } = answer as {
    id: string;
    status: string;
    stdout: string;
    usage?: { wall_ms: number };
  };
  return {
    execution_id: id,
    success: status === "completed",
    output: stdout,
    ...(usage ? { execution_time_ms: usage.wall_ms } : {}),
  };
}

const executeCode = defineAlias({
  name: "execute_code",
  of: codeRun,
  summary: "Runs code in one of five languages.",
  input: z.object({ language: z.enum(LANGUAGES), code, task_id, timeout, working_directory, packages }),
  translate: ({ language, code, task_id: task, timeout, working_directory, packages }) => ({
    language,
    code,
    task,
    timeout,
    options: { working_directory, packages },
  }),
  oldFields,
});

const executePython = defineAlias({
  name: "execute_python_code",
  of: codeRun,
  summary: "Runs Python.",
  input: z.object({
    code,
    task_id,
    timeout,
    packages,
    sandbox_enabled: z.boolean().optional().describe("It is always in a sandbox; the policy says in which."),
  }),
  translate: ({ code, task_id: task, timeout, packages }) => ({
    language: "python",
    code,
    task,
    timeout,
    options: { packages },
  }),
  oldFields,
});

const executeJavaScript = defineAlias({
  name: "execute_javascript_code",
  of: codeRun,
  summary: "Runs JavaScript or TypeScript.",
  input: z.object({
    code,
    task_id,
    timeout,
    language: z.enum(["javascript", "typescript"]).default("javascript"),
    typescript: z.boolean().optional(),
  }),
  translate: ({ code, task_id: task, timeout, language, typescript }) => ({
    language: typescript ? "typescript" : language,
    code,
    task,
    timeout,
  }),
  oldFields,
});

const executeBash = defineAlias({
  name: "execute_bash_command",
  of: codeRun,
  summary: "Runs a Bash command.",
  input: z.object({
    command: code,
    task_id,
    timeout,
    working_directory,
    security_level: z.enum(SECURITY_LEVELS).optional(),
  }),
  translate: ({ command, task_id: task, timeout, working_directory, security_level: security }) => ({
    language: "bash",
    code: command,
    task,
    timeout,
    options: { working_directory, security },
  }),
  oldFields,
});

const HISTORY_ROWS = 50;
/** The old states; there was one for all that goes wrong. */
const OLD_STATES = ["queued", "running", "completed", "failed", "timeout"] as const;

const executionHistory = defineAlias({
  name: "get_execution_history",
  of: executionList,
  summary: "Lists what was run.",
  input: z.object({
    task_id,
    status: z.enum(OLD_STATES).optional(),
    language: z.enum(LANGUAGES).optional(),
    limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(HISTORY_ROWS),
  }),
  translate: ({ task_id: task, status, ...more }) => ({
    task,
    status,
    ...more,
  }),
  oldFields: ({ executions }) => ({
    history: (executions as { id: string; status: string }[]).map(({ id, ...row }) => ({
      ...row,
      execution_id: id,
      status: (OLD_STATES as readonly string[]).includes(row.status) ? row.status : "failed",
    })),
  }),
});

export const codeAliases: readonly Tool[] = [
  executeCode,
  executePython,
  executeJavaScript,
  executeBash,
  executionHistory,
];
