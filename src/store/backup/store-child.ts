// `cadre internal NAME JSON`: work on a database that blocks, or that needs the other
// SQLite library, in a process of its own. One JSON line on stdout: { "answer": … } or { "error": … }.
import { z } from "zod";
import { systemClock } from "../../base/clock.ts";
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from "../../base/errors.ts";
import { randomIds } from "../../base/ids.ts";
import { parseJson } from "../../base/json.ts";
import { LOCK_WAIT_MS_MAX, PATH_CHARS_MAX } from "../../base/limits.ts";
import type { Host, Runtime } from "../../runtime/runtime.ts";
import { fileError } from "../file-errors.ts";
import { isBusy } from "../sqlite-errors.ts";
import { BackupMade, BackupRequest, makeBackup } from "./backup.ts";

const CopyRequest = z.strictObject({ source: z.string().max(PATH_CHARS_MAX), target: z.string().max(PATH_CHARS_MAX) });
const Copied = z.object({ copied: z.literal(true) });

interface ChildCommand<Request extends z.ZodType, Answer extends z.ZodType> {
  readonly request: Request;
  readonly answer: Answer;
  run(runtime: Runtime, request: z.output<Request>): Promise<z.input<Answer>>;
}

const backup: ChildCommand<typeof BackupRequest, typeof BackupMade> = {
  request: BackupRequest,
  answer: BackupMade,
  run: (runtime, request) => makeBackup({ runtime, clock: systemClock, ids: randomIds }, request),
};

const copy: ChildCommand<typeof CopyRequest, typeof Copied> = {
  request: CopyRequest,
  answer: Copied,
  run: async (runtime, { source, target }) => {
    const until = systemClock.elapsed() + LOCK_WAIT_MS_MAX;
    for (;;) {
      try {
        await runtime.copySqlite(source, target);
        return { copied: true };
      } catch (cause) {
        if (!isBusy(cause) || systemClock.elapsed() >= until) throw fileError(cause, `write ${target}`);
        await systemClock.sleep(PAUSE_MS);
      }
    }
  },
};

const PAUSE_MS = 20;
const COMMANDS = { backup, copy } as const;
type Commands = typeof COMMANDS;

/** The child's side: what main.ts runs for `cadre internal …`. Answers the exit code. */
export async function runStoreChild(args: readonly string[], runtime: Runtime): Promise<number> {
  try {
    const [name = "", request = "{}"] = args;
    const command = Object.entries(COMMANDS).find(([known]) => known === name)?.[1];
    if (!command) {
      throw new AppError("invalid_input", `no internal command ${name}`, { hint: "These commands are cadre's own." });
    }
    const answer = await (command as ChildCommand<z.ZodType, z.ZodType>).run(
      runtime,
      command.request.parse(parseJson(request, "the request")),
    );
    await runtime.writeOut(`${JSON.stringify({ answer })}\n`);
    return 0;
  } catch (thrown) {
    const error = toAppError(thrown);
    // An unknown failure is the parent's to log: stderr is where it finds it.
    if (error.code === "internal") runtime.host.writeErr(`${String(error.cause)}\n`);
    await runtime.writeOut(`${JSON.stringify({ error })}\n`);
    return error.exit;
  }
}

/** The parent's side: starts the child and waits for it; aborting the signal ends it. */
export async function askChild<Name extends keyof Commands>(
  host: Pick<Host, "runSelf">,
  name: Name,
  request: z.input<Commands[Name]["request"]>,
  signal: AbortSignal,
): Promise<z.output<Commands[Name]["answer"]>> {
  const finished = await host
    .runSelf(["internal", name, JSON.stringify(request)], { signal })
    .catch((cause: unknown) => {
      throw signal.aborted ? stopped(name, signal) : childFailed(name, cause);
    });
  if (signal.aborted) throw stopped(name, signal);
  const said = readAnswer(finished.stdout, COMMANDS[name].answer);
  if (said === undefined) throw childFailed(name, `exit ${finished.exit}: ${finished.stderr.slice(-STDERR_CHARS_MAX)}`);
  if ("answer" in said) return said.answer as z.output<Commands[Name]["answer"]>;
  const { code, message, hint, retry_after_ms: retryAfterMs } = said.error;
  throw new AppError(code, message, {
    hint,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(code === "internal" ? { cause: finished.stderr.slice(-STDERR_CHARS_MAX) } : {}),
  });
}

const STDERR_CHARS_MAX = 2_000;

const ChildError = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string(),
  retry_after_ms: z.number().optional(),
});

function readAnswer<Answer extends z.ZodType>(stdout: string, answer: Answer) {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  const Line = z.union([z.object({ answer }), z.object({ error: ChildError })]);
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    return undefined; // A child that was killed says nothing, or half a line.
  }
}

function stopped(name: string, signal: AbortSignal): AppError {
  const isLate = (signal.reason as { name?: unknown } | undefined)?.name === "TimeoutError";
  if (!isLate)
    return new AppError("cancelled", `stopped the ${name}`, { hint: "Start it again if it is still wanted." });
  return new AppError("timeout", `cannot finish the ${name}: it took longer than its time`, {
    hint: "Try again when the machine has less to do.",
  });
}

function childFailed(name: string, cause: unknown): AppError {
  return new AppError("internal", `cannot finish the ${name}: its process ended early`, {
    hint: "Try again; earlier backups and the database are as they were.",
    cause,
  });
}
