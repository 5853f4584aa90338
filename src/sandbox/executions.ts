// Runs programs for a project and keeps what became of them. Invariant: whatever happens to this process or to the
// program, the row says how it ended, or that nobody knows more than that it was interrupted.
import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { isText, mimeOfFile } from "../artifacts/media-type.ts";
import type { NestedTools } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { CODE_KEPT_CHARS_MAX, CODE_WALL_MS_MAX } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { redact, redactText } from "../base/redact.ts";
import { contentOf, keepContent, readContent } from "../store/artifacts.ts";
import { appendEvent } from "../store/events.ts";
import {
  countExecutionsByTask,
  type ExecutionFilter,
  type ExecutionRow,
  endExecution,
  insertExecution,
  insertExecutionFile,
  interruptExecutions,
  readExecutingProcesses,
  readExecution,
  readExecutionFiles,
  readExecutionIds,
  readExecutions,
  startExecution,
} from "../store/executions.ts";
import type { Part, Sql } from "../store/sql.ts";
import { taskForChange } from "../store/tasks.ts";
import { type ExecutionBrief, type ExecutionFile, type ExecutionWhole, executionUri } from "./execution.ts";
import type { KernelAbout } from "./kernels/kernels.ts";
import { middleClipped } from "./output-text.ts";
import { judge } from "./policy/judge.ts";
import type { Policies } from "./policy/policies.ts";
import type { Policy } from "./policy/policy.ts";
import { isScript, type LeftFile, type OnOutput, type Outcome, type Program, type SecurityLevel } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { ToolCalls } from "./tool-calls.ts";

interface ExecutionParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly liveness: Liveness;
  /** The id of this process. */
  readonly process: string;
  readonly artifacts: Artifacts;
  readonly policies: Policies;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that all of this is kept in, if it is one. */
  readonly ownDatabase: string | undefined;
  readonly openSandbox: () => Promise<Sandbox>;
}

interface Asked {
  readonly workspace: string;
  ensureWorkspace(): Part<{ readonly id: string }>;
  readonly task?: string | undefined;
  readonly program: Program;
  readonly security?: SecurityLevel | undefined;
}

interface AskHooks {
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
  /** A program asked for it. */
  readonly isNested?: boolean;
  /** What the program may call, where its engine can. */
  readonly tools?: NestedTools | undefined;
}

export interface Ran {
  readonly id: string;
  readonly outcome: Outcome;
  readonly files: readonly ExecutionFile[];
  readonly lowered: readonly string[];
}

/** A process of which nobody knows whether it lives has had time enough. */
const UNKNOWN_MS = CODE_WALL_MS_MAX + 3_600_000;

export class Executions {
  readonly #parts: ExecutionParts;
  #sandbox: Promise<Sandbox> | undefined;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  now(): number {
    return this.#parts.clock.now();
  }

  sandbox(): Promise<Sandbox> {
    this.#sandbox ??= this.#parts.openSandbox().then((sandbox) => {
      // The self-test is under way while the first row is written; who needs its answer asks again.
      sandbox.levels.best().catch(() => {});
      return sandbox;
    });
    return this.#sandbox;
  }

  policy(workspace: string): Promise<Policy> {
    return this.#parts.policies.of(workspace);
  }

  async run(given: Asked, hooks: AskHooks): Promise<Ran> {
    const { sql, clock, ids, liveness, process, policies, env, ownDatabase } = this.#parts;
    liveness.hold(process);
    const policy = await policies.of(given.workspace);
    const { program, lowered, refusal } = judge(given.program, policy, given.security, env);
    const asked = { ...given, program };
    const id = ids.next("execution");
    const sandbox = await this.sandbox();
    // Where nobody waits, that it begins and that it runs is one change.
    await using free = sandbox.turns.takeFree();
    // Nobody knows of it before its end, and a power cut ends the program with us.
    await sql.write(() => this.#begin(id, asked, free !== undefined), "process");
    try {
      if (refusal) throw refusal;
      refuseOwnDatabase(program, ownDatabase);
      await using _turn = free ? undefined : await this.#wait(id, sandbox, hooks);
      const calls = hooks.tools && new ToolCalls(hooks.tools, clock, hooks.signal);
      const ran = await sandbox.run(program, {
        signal: hooks.signal,
        onOutput: hooks.onOutput,
        ...(calls ? { tools: calls.names, callTool: (name, input) => calls.call(name, input) } : {}),
      });
      const outcome = calls && calls.made.length > 0 ? { ...ran, tools_called: calls.made } : ran;
      const files = await sql.write(() => this.#end(id, asked, outcome, lowered));
      return { id, outcome, files, lowered };
    } catch (thrown) {
      await sql.write(() => this.#endFailed(id, thrown, hooks.signal.aborted));
      throw thrown;
    }
  }

  /** Of who asks; none where nobody has run anything yet. */
  async kernels(workspace: string, owner: string): Promise<KernelAbout[]> {
    return (await this.#sandbox)?.kernels.list(workspace, owner) ?? [];
  }

  async closeKernel(workspace: string, owner: string, name: string): Promise<void> {
    await (await this.sandbox()).kernels.close(workspace, owner, name);
  }

  async list(
    filter: ExecutionFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ executions: ExecutionBrief[]; cursor?: string }> {
    await this.interruptDead();
    const before = pageCursor(page.cursor, "execution_list", Number.MAX_SAFE_INTEGER);
    const rows = await readExecutions(this.#parts.sql, filter, before, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    return {
      executions: shown.map(brief),
      ...(rows.length > page.limit && last ? { cursor: String(last.seq) } : {}),
    };
  }

  async show(id: string): Promise<ExecutionWhole> {
    await this.interruptDead();
    const row = await readExecution(this.#parts.sql, id);
    if (!row) throw noExecution(id);
    const files = await readExecutionFiles(this.#parts.sql, id);
    return {
      id,
      language: row.language as ExecutionWhole["language"],
      ...(row.engine === "" ? {} : { engine: row.engine as NonNullable<ExecutionWhole["engine"]> }),
      status: row.status,
      ...(row.task_id === null ? {} : { task: row.task_id }),
      code: row.code,
      given: row.given as ExecutionWhole["given"],
      ...(row.outcome as Partial<ExecutionWhole>),
      stdout: row.stdout,
      stderr: row.stderr,
      ...(files.length > 0
        ? {
            files: files.map(({ path, mime, size_bytes }) => ({ path, mime, size_bytes, uri: executionUri(id, path) })),
          }
        : {}),
      created_ms: row.created_ms,
      ...(row.started_ms === null ? {} : { started_ms: row.started_ms }),
      ...(row.ended_ms === null ? {} : { ended_ms: row.ended_ms }),
    };
  }

  async file(id: string, path: string): Promise<{ mime: string; bytes: Uint8Array }> {
    const files = await readExecutionFiles(this.#parts.sql, id);
    const file = files.find((one) => one.path === path);
    const bytes = file && (await readContent(this.#parts.sql, file.hash));
    if (file && bytes) return { mime: file.mime, bytes };
    throw new AppError("not_found", `no file ${path} of ${id}`, {
      hint: "execution_show names the files that a program left.",
    });
  }

  countsByTask(workspaceId: string): Promise<Map<string, number>> {
    return countExecutionsByTask(this.#parts.sql, workspaceId);
  }

  async idsLike(prefix: string, rowsMax: number): Promise<string[]> {
    return readExecutionIds(this.#parts.sql, prefix, rowsMax);
  }

  /** Of processes that died while a program ran. */
  async interruptDead(): Promise<void> {
    const { sql, clock, liveness, process: own } = this.#parts;
    const now = clock.now();
    for (const { process, created_ms } of await readExecutingProcesses(sql)) {
      if (process === own) continue;
      const isAlive = liveness.isAlive(process);
      if (isAlive || (isAlive === undefined && now - Number(created_ms) < UNKNOWN_MS)) continue;
      await sql.write(function* () {
        for (const row of yield* interruptExecutions(process, now)) yield* appendEvent(endedEvent(row, now));
      });
    }
  }

  async close(): Promise<void> {
    await (await this.#sandbox?.catch(() => undefined))?.close();
  }

  async #wait(id: string, { turns }: Sandbox, { signal, isNested }: AskHooks): Promise<AsyncDisposable> {
    // A program that waits for a program that waits for its turn would wait for ever.
    if (isNested) {
      throw new AppError("rate_limited", "cannot run a program inside a program now: too many run", {
        hint: "Try again in a moment.",
        retryAfterMs: 1_000,
      });
    }
    const turn = await turns.take(signal);
    await this.#parts.sql.write(() => startExecution(id, this.#parts.clock.now()), "process");
    return turn;
  }

  *#begin(id: string, { ensureWorkspace, task, program }: Asked, isRunning: boolean): Part<void> {
    const workspace = yield* ensureWorkspace();
    const known = task === undefined ? undefined : yield* taskForChange(task);
    if (task !== undefined && !known)
      throw new AppError("not_found", `no task ${task}`, { hint: "List the tasks with task_list." });
    const row = {
      id,
      workspace_id: known?.workspace_id ?? workspace.id,
      task_id: task ?? null,
      process: this.#parts.process,
      language: program.language,
      engine: isScript(program) ? program.engine : "",
      code: middleClipped(redactText(program.code), CODE_KEPT_CHARS_MAX),
      given: given(program),
      created_ms: this.#parts.clock.now(),
    };
    yield* insertExecution(row);
    if (isRunning) yield* startExecution(id, row.created_ms);
  }

  *#end(id: string, asked: Asked, outcome: Outcome, lowered: readonly string[]): Part<ExecutionFile[]> {
    const now = this.#parts.clock.now();
    const { status, stdout, stderr, files, refused, truncated, ...rest } = outcome;
    const row = yield* endExecution(id, {
      status,
      outcome: {
        ...(redact(rest) as Record<string, unknown>),
        ...(truncated ? { truncated } : {}),
        ...(lowered.length > 0 ? { lowered } : {}),
        ...(refused.length > 0 ? { refused_files: refused } : {}),
      },
      stdout: kept(stdout),
      stderr: kept(stderr),
      ended_ms: now,
    });
    if (!row) return [];
    const shown: ExecutionFile[] = [];
    for (const file of files) shown.push(yield* this.#keepFile(id, asked.task, file, now));
    yield* appendEvent(endedEvent(row, now));
    return shown;
  }

  *#keepFile(id: string, task: string | undefined, { path, bytes }: LeftFile, now: number): Part<ExecutionFile> {
    const mime = mimeOfFile(path, bytes);
    const content = contentOf(bytes);
    yield* keepContent(content, now);
    yield* insertExecutionFile({ execution_id: id, path, mime, hash: content.hash, size_bytes: content.size_bytes });
    const shown = { path, mime, size_bytes: content.size_bytes, uri: executionUri(id, path) };
    const known = task === undefined ? undefined : yield* taskForChange(task);
    if (!known) return shown;
    const artifact = yield* this.#parts.artifacts.keep({
      id: this.#parts.ids.next("artifact"),
      workspace_id: known.workspace_id,
      task_id: known.id,
      session_id: known.session_id ?? undefined,
      name: path,
      type: isText(mime) ? "general" : "analysis",
      mime,
      title: basename(path),
      files: [],
      now,
      bytes,
    });
    return { ...shown, artifact: artifact.id };
  }

  *#endFailed(id: string, thrown: unknown, isCancelled: boolean): Part<void> {
    const now = this.#parts.clock.now();
    const error = toAppError(thrown);
    const status = isCancelled ? "cancelled" : error.code === "forbidden" ? "denied" : "error";
    const told = { name: "SandboxError", message: redactText(error.message) };
    const end = { status, outcome: { failure: told }, stdout: "", stderr: "", ended_ms: now } as const;
    const row = yield* endExecution(id, end);
    if (row) yield* appendEvent(endedEvent(row, now));
  }
}

function endedEvent({ id, workspace_id, status, task_id }: ExecutionRow, now: number) {
  const data = { status, ...(task_id === null ? {} : { task_id }) };
  return { at_ms: now, workspace_id, subject: id, type: "execution.ended", data };
}

/** By whatever name: what cadre keeps is not a program's to read. */
function refuseOwnDatabase({ database }: Program, own: string | undefined): void {
  if (!database || own === undefined || !isSameFile(database.path, own)) return;
  throw new AppError("forbidden", "cannot open that database: it is cadre's own", {
    hint: "What it holds is told by cadre's tools, like task_list and execution_list.",
  });
}

function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one), statSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

/** What was given, by name: values may be secrets. */
function given({
  args,
  env,
  files,
  stdin,
  network,
  hosts,
  cwd,
  limits,
  level,
  kernel,
  packages = [],
}: Program): Record<string, unknown> {
  return {
    ...(args.length > 0 ? { args: redact(args) } : {}),
    ...(Object.keys(env).length > 0 ? { env: Object.keys(env) } : {}),
    ...(Object.keys(files).length > 0 ? { files: Object.keys(files) } : {}),
    ...(stdin === "" ? {} : { stdin_chars: stdin.length }),
    ...(network ? { network: hosts ?? true } : {}),
    ...(cwd === undefined ? {} : { working_directory: cwd }),
    ...(kernel ? { kernel: kernel.name } : {}),
    ...(packages.length > 0 ? { packages: redact(packages) } : {}),
    ...(level === undefined ? {} : { level }),
    wall_ms: limits.wallMs,
    memory_bytes: limits.memoryBytes,
  };
}

function kept(text: string): string {
  return redactText(middleClipped(text.replaceAll("\0", "\uFFFD"), CODE_KEPT_CHARS_MAX));
}

function brief(row: Omit<ExecutionRow, "code" | "stdout" | "stderr">): ExecutionBrief {
  const usage = row.outcome["usage"] as { wall_ms?: number; peak_bytes?: number } | undefined;
  return {
    id: row.id,
    language: row.language as ExecutionBrief["language"],
    status: row.status,
    ...(row.task_id === null ? {} : { task: row.task_id }),
    ...(usage?.wall_ms === undefined ? {} : { wall_ms: usage.wall_ms }),
    ...(usage?.peak_bytes === undefined ? {} : { peak_bytes: usage.peak_bytes }),
    created_ms: row.created_ms,
  };
}

function noExecution(id: string): AppError {
  return new AppError("not_found", `no execution ${id}`, { hint: "List them with execution_list." });
}
