// Programs, and what became of them.
import { z } from "zod";
import { Bytes } from "../base/bytes.ts";
import { Duration } from "../base/duration.ts";
import { AppError } from "../base/errors.ts";
import { idSchema } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import {
  CODE_CHARS_MAX,
  CODE_FILES_GIVEN_MAX,
  CODE_IMAGES_BYTES_MAX,
  CODE_MEMORY_BYTES,
  CODE_MEMORY_BYTES_MIN,
  CODE_OUTPUT_BYTES,
  CODE_PACKAGES_MAX,
  CODE_PACKAGES_MS,
  CODE_REQUIREMENT_CHARS_MAX,
  CODE_SHOWN_CHARS,
  CODE_WALL_MS,
  CODE_WALL_MS_MAX,
  CODE_WORD_CHARS_MAX,
  CODE_WORDS_MAX,
  PATH_CHARS_MAX,
  SUMMARY_CHARS_MAX,
  TOOL_GRACE_MS,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { EXECUTION_FAILURES, EXECUTION_STATUSES } from "../base/transitions.ts";
import { pathInProject } from "../project/path-in-project.ts";
import { ExecutionBrief, ExecutionRan, ExecutionWhole } from "../sandbox/execution.ts";
import type { Ran } from "../sandbox/executions.ts";
import { Level } from "../sandbox/isolation.ts";
import { LIMITS_DEFAULT, type Limits } from "../sandbox/limits.ts";
import { middleClipped } from "../sandbox/output-text.ts";
import { ENGINES, LANGUAGES, type Program, SECURITY_LEVELS } from "../sandbox/program.ts";
import { cursor, limit, more, workspace } from "./inputs.ts";
import { type App, type Call, defineTool } from "./tool.ts";

const Text = z.string().max(CODE_WORD_CHARS_MAX);
const Content = z.string().max(CODE_CHARS_MAX);
const Base64 = z.base64().max(CODE_CHARS_MAX);
const Path = z.string().min(1).max(PATH_CHARS_MAX);
const task = idSchema("task").optional();
const Memory = z
  .string()
  .max(WORD_CHARS_MAX)
  .pipe(Bytes)
  .refine((bytes) => bytes >= CODE_MEMORY_BYTES_MIN, 'expected at least "16MiB"');
const KernelName = z.string().regex(/^[\w.-]{1,64}$/);
const Time = z.string().max(WORD_CHARS_MAX).pipe(Duration);
const Wall = Time.refine((ms) => ms >= 1 && ms <= CODE_WALL_MS_MAX, "expected a time from 1ms to 10m");

const Options = z.strictObject({
  engine: z
    .enum(ENGINES)
    .optional()
    .describe("For JavaScript and TypeScript: quickjs, or bun for all of Node's interfaces."),
  packages: z
    .array(z.string().max(CODE_REQUIREMENT_CHARS_MAX))
    .max(CODE_PACKAGES_MAX)
    .optional()
    .describe('Of Python, like "numpy>=2"; a PEP 723 header says them, too.'),
  kernel: KernelName.optional().describe(
    "Python, QuickJS: an interpreter by that name keeps its state for your next calls.",
  ),
  args: z.array(Text).max(CODE_WORDS_MAX).optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), Text)
    .refine((env) => Object.keys(env).length <= CODE_WORDS_MAX, "too many variables")
    .optional()
    .describe("Variables of its environment, which is empty but for them."),
  files: z
    .record(Path, z.union([Content, z.strictObject({ base64: Base64 })]))
    .refine((files) => Object.keys(files).length <= CODE_FILES_GIVEN_MAX, "too many files")
    .optional()
    .describe("By path, for its working directory: texts, or bytes as {base64}."),
  memory: Memory.optional().describe('Like "256MiB"; 512MiB if not given.'),
  output: z.number().int().min(0).max(CODE_OUTPUT_BYTES).optional().describe("Characters of output to show."),
  network: z.boolean().optional().describe("Let it out, where the policy allows it; by default it has none."),
  security: z
    .enum(SECURITY_LEVELS)
    .optional()
    .describe(
      "high: no network, nothing changed, and of Bash only commands that look; low: network where the policy has some.",
    ),
  level: Level.optional().describe("Refuse to run below it."),
  working_directory: Path.optional().describe("A folder of the project to work in."),
  database: Path.optional().describe("For SQL: a file of the project, instead of a scratch database."),
  write: z.boolean().optional().describe("SQL may change the file."),
  tools: z
    .array(z.string().max(WORD_CHARS_MAX))
    .max(CODE_WORDS_MAX)
    .optional()
    .describe(
      "QuickJS: tools that write which it may call as tools.NAME(input), beside all that read; their types are at cadre://types/tools.",
    ),
  workspace,
});
type Options = z.output<typeof Options>;

export const codeRun = defineTool({
  name: "code_run",
  title: "Run code",
  summary:
    "Runs a program in a sandbox without network, in a folder of its own. Answers what it printed, its result, the files it left, and what was enforced.",
  effect: "destroy",
  toolset: "code",
  input: z.object({
    language: z.enum(LANGUAGES),
    code: z.string().min(1).max(CODE_CHARS_MAX),
    input: z.unknown().optional().describe("JavaScript: the global input. SQL: parameters."),
    stdin: z.string().max(CODE_CHARS_MAX).optional(),
    timeout: Wall.default(CODE_WALL_MS).describe('Default "30s".'),
    task: task.describe("Task that it is for; its files become results."),
    options: Options.optional().describe(Object.keys(Options.shape).join(", ")),
  }),
  output: ExecutionRan,
  positional: ["language", "code"],
  // Of the header nobody knows here; Python may take the time to install what it needs.
  timeLimitMs: ({ timeout, language }) => timeout + TOOL_GRACE_MS + (language === "python" ? CODE_PACKAGES_MS : 0),
  images: async (app, { id, files = [] }) => {
    const pictures = [];
    let bytes = 0;
    for (const file of files) {
      if (!/^image\/(png|jpeg|gif|webp)$/.test(file.mime)) continue;
      bytes += file.size_bytes;
      if (bytes > CODE_IMAGES_BYTES_MAX) break;
      pictures.push(await app.executions.file(id, file.path));
    }
    return pictures;
  },
  run: async (app, { task: forTask, options = {}, timeout, ...input }, call) => {
    const path = options.workspace ?? call.workspace;
    const plain = programOf(path, { ...input, timeout }, options);
    const { kernel: name } = options;
    const program = name === undefined ? plain : { ...plain, kernel: { name, owner: call.agent.id } };
    const ran = await app.executions.run(
      {
        workspace: path,
        ensureWorkspace: () => app.workspaces.ensure(path),
        task: forTask,
        program,
        security: options.security,
      },
      {
        signal: call.signal,
        onOutput: listenerOf(call),
        tools: call.nested?.(options.tools ?? []),
        isNested: call.depth !== undefined,
      },
    );
    return shownRun(ran, options.output ?? CODE_SHOWN_CHARS);
  },
});

interface Given {
  readonly language: Program["language"];
  readonly code: string;
  /** Whatever came as JSON. */
  readonly input?: unknown;
  readonly stdin?: string | undefined;
  readonly timeout: number;
}

function programOf(workspacePath: string, given: Given, options: Options): Program {
  const { database, write = false } = options;
  if (write && database === undefined) {
    throw new AppError("invalid_input", "cannot use write: no database is named", {
      hint: "A scratch database may always be written; name a file as database.",
    });
  }
  return {
    language: given.language,
    engine: options.engine ?? "quickjs",
    code: given.code,
    stdin: given.stdin ?? "",
    args: options.args ?? [],
    env: options.env ?? {},
    input: given.input as Json | undefined,
    packages: options.packages ?? [],
    files: Object.fromEntries(Object.entries(options.files ?? {}).map(([path, content]) => [path, bytesOf(content)])),
    workspace: workspacePath,
    cwd: options.working_directory && pathInProject(workspacePath, options.working_directory, "working_directory"),
    database:
      database === undefined
        ? undefined
        : { path: pathInProject(workspacePath, database, "database"), mayWrite: write },
    network: options.network ?? false,
    limits: limitsOf(given.timeout, options.memory),
    level: undefined,
    ...(options.level ? { required: options.level } : {}),
  };
}

function bytesOf(content: string | { readonly base64: string }): string | Uint8Array {
  return typeof content === "string" ? content : Buffer.from(content.base64, "base64");
}

function limitsOf(wallMs: number, memoryBytes: number | undefined): Limits {
  return {
    ...LIMITS_DEFAULT,
    wallMs,
    cpuMs: 2 * wallMs,
    memoryBytes: memoryBytes ?? CODE_MEMORY_BYTES,
  };
}

/** Looks at the end alone: programs print a lot. */
function lastLine(text: string): string {
  const end = text.slice(-LINE_LOOKED_AT_CHARS).trimEnd();
  return end.slice(end.lastIndexOf("\n") + 1).slice(0, WORD_CHARS_MAX);
}

const LINE_LOOKED_AT_CHARS = 1_000;

/** The last line that it printed, so that somebody who waits sees that it lives. */
function listenerOf(call: Pick<Call, "progress" | "onOutput">) {
  let chars = 0;
  return (stream: "stdout" | "stderr", text: string) => {
    call.onOutput?.(stream, text);
    chars += text.length;
    call.progress(chars, undefined, lastLine(text));
  };
}

function shownRun({ id, outcome, files, lowered }: Ran, chars: number): ExecutionRan {
  const { stdout, stderr, refused, truncated, files: _bytes, rows, columns, ...rest } = outcome;
  const isClipped = stdout.length > chars || stderr.length > chars;
  return {
    id,
    ...rest,
    ...(columns ? { columns: [...columns], rows: (rows ?? []).map((row) => [...row]) } : {}),
    stdout: middleClipped(stdout, chars),
    stderr: middleClipped(stderr, chars),
    ...(truncated ? { truncated } : {}),
    ...(isClipped ? { clipped: true } : {}),
    ...(lowered.length > 0 ? { lowered: [...lowered] } : {}),
    ...(files.length > 0 ? { files: [...files] } : {}),
    ...(refused.length > 0 ? { refused_files: [...refused] } : {}),
  };
}

export const executionList = defineTool({
  name: "execution_list",
  title: "List executions",
  summary: "One page of the programs that were run in the project, the newest first.",
  effect: "read",
  toolset: "history",
  input: z.object({
    task: task.describe("For this task only."),
    language: z.enum(LANGUAGES).optional(),
    status: z
      .enum([...EXECUTION_STATUSES, "failed"])
      .optional()
      .describe("failed: whatever went wrong, but for the time."),
    text: z.string().min(1).max(SUMMARY_CHARS_MAX).optional().describe("In its code, its output or its error."),
    since: Time.optional().describe('Only of this last time, like "2h".'),
    limit,
    cursor,
    workspace,
  }),
  output: z.object({ executions: z.array(ExecutionBrief), cursor: more }),
  run: async (app, { task: task_id, since, workspace: given, language, status, text, ...page }, call) => {
    const found = task_id === undefined ? await app.workspaces.find(given ?? call.workspace) : undefined;
    if (task_id === undefined && !found) return { executions: [] };
    const statuses = status === "failed" ? EXECUTION_FAILURES : status && [status];
    const filter = { task_id, language, statuses, text, workspace_id: found?.id };
    return app.executions.list({ ...filter, since_ms: sinceMs(app, since) }, page);
  },
});

function sinceMs(app: App, since: number | undefined): number | undefined {
  return since === undefined ? undefined : app.executions.now() - since;
}

export const executionShow = defineTool({
  name: "execution_show",
  title: "Show an execution",
  summary: "One program that was run: its code, how it ended, what it printed and left, and what was enforced.",
  effect: "read",
  toolset: "history",
  input: z.object({
    id: idSchema("execution"),
    output: z.number().int().min(0).max(CODE_OUTPUT_BYTES).default(CODE_SHOWN_CHARS).describe("Characters to show."),
  }),
  output: ExecutionWhole,
  positional: ["id"],
  run: async (app, { id, output }) => {
    const whole = await app.executions.show(id);
    const isClipped = whole.stdout.length > output || whole.stderr.length > output;
    return {
      ...whole,
      stdout: middleClipped(whole.stdout, output),
      stderr: middleClipped(whole.stderr, output),
      ...(isClipped ? { clipped: true } : {}),
    };
  },
});

export const kernelList = defineTool({
  name: "kernel_list",
  title: "List kernels",
  summary: "Your interpreters that keep their state between calls of code_run, in this project.",
  effect: "read",
  toolset: "history",
  input: z.object({ workspace }),
  output: z.object({
    kernels: z.array(
      z.object({
        name: KernelName,
        language: z.enum(LANGUAGES),
        level: Level,
        cells: z.number().int(),
        memory_bytes: z.number().int().optional(),
        idle_ms: z.number(),
      }),
    ),
  }),
  run: async (app, { workspace: given }, call) => ({
    kernels: await app.executions.kernels(given ?? call.workspace, call.agent.id),
  }),
});

export const kernelClose = defineTool({
  name: "kernel_close",
  title: "Close a kernel",
  summary: "Ends one of your interpreters; what it knew is gone, what it left is kept by its executions.",
  effect: "write",
  toolset: "history",
  input: z.object({ name: KernelName, workspace }),
  output: z.object({ name: KernelName, closed: z.literal(true) }),
  positional: ["name"],
  run: async (app, { name, workspace: given }, call) => {
    await app.executions.closeKernel(given ?? call.workspace, call.agent.id, name);
    return { name, closed: true as const };
  },
});
