// Shows what holds on this machine by trying: programs that go beyond each limit, and reach for what is not theirs.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { LEVELS, type Level } from "./isolation.ts";
import { LIMITS_DEFAULT, type Limits } from "./limits.ts";
import type { Outcome, Program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const MIB = 1024 * 1024;
const SECRET = "canary-of-the-doctor";

const OWN_VARIABLES = /^(PATH|HOME|TMPDIR|LC_CTYPE|SHELL|GIT_CONFIG_NOSYSTEM|PWD|OLDPWD|SHLVL|_)=/;

interface Trial {
  readonly name: string;
  readonly language?: Program["language"];
  readonly code: string;
  readonly limits?: Partial<Limits>;
  /** What should have been seen. */
  holds(outcome: Outcome): boolean | Promise<boolean>;
}

/** How more is got, for a level that does not work. */
const HOW: Readonly<Record<Level, string>> = {
  process: "",
  landlock:
    "Linux 5.13 or later with landlock among the kernel's security modules (see /sys/kernel/security/lsm); in a container, a profile that lets its calls pass.",
  namespace:
    "the program unshare of util-linux, and namespaces for ordinary users (kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0); containers often forbid them.",
};

export async function levelFindings(sandbox: Sandbox, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const level of LEVELS) {
    const { works, problems } = await sandbox.levels.test(level, signal);
    const detail = works
      ? level === "process"
        ? "always there; holds nothing by itself"
        : "shown by a canary"
      : `${problems.join("; ")}. It takes ${HOW[level]}`;
    findings.push({ name: level, ok: works, detail });
  }
  return findings;
}

/** Languages that run as they are asked for here. */
export async function languageFindings(sandbox: Sandbox, signal: AbortSignal): Promise<Finding[]> {
  const hello: [string, Partial<Program>][] = [
    ["python", { language: "python", code: "import platform\nprint(platform.python_version())" }],
    ["javascript", { language: "javascript", code: '"QuickJS"' }],
    ["typescript", { language: "typescript", code: 'const engine: string = "QuickJS"; engine' }],
    ["javascript, engine bun", { language: "javascript", engine: "bun", code: "console.log(navigator.userAgent)" }],
    ["bash", { language: "bash", code: 'echo "$BASH_VERSION"' }],
    ["sql", { language: "sql", code: "SELECT sqlite_version() AS version" }],
  ];
  return Promise.all(
    hello.map(async ([name, asked]): Promise<Finding> => {
      try {
        const outcome = await runPlain(sandbox, asked, signal);
        const said = outcome.stdout.trim() || String(outcome.result ?? outcome.rows?.[0]?.[0] ?? "");
        return { name, ok: outcome.status === "completed", detail: `${said}, at ${outcome.isolation.level}` };
      } catch (cause) {
        return { name, ok: false, detail: cause instanceof Error ? cause.message : String(cause) };
      }
    }),
  );
}

export async function limitFindings(sandbox: Sandbox, signal: AbortSignal): Promise<Finding[]> {
  const outside = mkdtempSync(join(tmpdir(), "cadre-doctor-"));
  const file = join(outside, "secret");
  writeFileSync(file, SECRET, { mode: 0o644 });
  const mark = `cadre-doctor-${outside.slice(-6)}`;
  try {
    return await Promise.all(trials(file, mark).map((trial) => tried(sandbox, trial, signal)));
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}

function trials(file: string, mark: string): Trial[] {
  const isLimit = (name: string) => (outcome: Outcome) => outcome.limit === name;
  return [
    { name: "time", code: "sleep 60", limits: { wallMs: 500 }, holds: isLimit("wall") },
    { name: "processor", code: "while :; do :; done", limits: { cpuMs: 1_000 }, holds: isLimit("cpu") },
    {
      name: "memory",
      code: "x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo \"$x\" | wc -c",
      limits: { memoryBytes: 64 * MIB },
      holds: ({ stdout }) => !stdout.startsWith("20000000"),
    },
    {
      name: "output",
      code: "head -c 1000000 /dev/zero | tr '\\0' x",
      limits: { outputBytes: 1_000 },
      holds: ({ stdout, truncated }) => truncated && stdout.length === 1_000,
    },
    {
      name: "processes",
      code: "for i in $(seq 60); do sleep 30 & done; wait",
      limits: { processes: 10, wallMs: 10_000 },
      holds: ({ status }) => status !== "completed" && status !== "timeout",
    },
    {
      name: "disk",
      code: "head -c 20000000 /dev/zero > big; sleep 1",
      limits: { diskBytes: MIB },
      holds: isLimit("disk"),
    },
    {
      name: "no process left",
      code: `(exec -a ${mark} sleep 600) & disown; setsid sleep 600 & exit 0`,
      holds: () => isSoonGone(mark),
    },
    { name: "files outside cannot be read", code: `cat ${file}`, holds: ({ stdout }) => !stdout.includes(SECRET) },
    { name: "files outside cannot be written", code: `echo x > ${file}-new`, holds: () => !existsSync(`${file}-new`) },
    {
      name: "the home folder cannot be listed",
      code: `ls -A '${homedir()}'`,
      holds: ({ status }) => status === "error",
    },
    {
      name: "the environment is empty",
      code: "env",
      holds: ({ stdout }) => stdout.split("\n").every((line) => line === "" || OWN_VARIABLES.test(line)),
    },
    {
      name: "no network",
      code: "(exec 3<>/dev/tcp/127.0.0.1/1) 2>&1; exit 0",
      holds: ({ stdout, stderr }) => /denied|unreachable|not permitted/i.test(stdout + stderr),
    },
    {
      name: "a loop of JavaScript ends",
      language: "javascript",
      code: "for (;;);",
      limits: { wallMs: 500 },
      holds: isLimit("wall"),
    },
    {
      name: "JavaScript's memory",
      language: "javascript",
      code: "const all = []; for (;;) all.push(new Uint8Array(1e6))",
      limits: { memoryBytes: 64 * MIB },
      holds: isLimit("memory"),
    },
  ];
}

async function tried(
  sandbox: Sandbox,
  { name, language = "bash", code, limits = {}, holds }: Trial,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const outcome = await runPlain(sandbox, { language, code, limits: { ...LIMITS_DEFAULT, ...limits } }, signal);
    const how = outcome.limit
      ? `ended by its limit (${outcome.limit})`
      : `${outcome.status}${outcome.truncated ? ", output cut" : ""}`;
    return { name, ok: await holds(outcome), detail: `${how} after ${outcome.usage.wall_ms} ms` };
  } catch (cause) {
    return { name, ok: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** A program with nothing but what is asked for. */
export function runPlain(sandbox: Sandbox, asked: Partial<Program>, signal: AbortSignal): Promise<Outcome> {
  const program: Program = {
    language: "bash",
    engine: "quickjs",
    code: "",
    stdin: "",
    args: [],
    env: {},
    input: undefined,
    files: {},
    workspace: "/",
    cwd: undefined,
    database: undefined,
    network: false,
    limits: LIMITS_DEFAULT,
    level: undefined,
    ...asked,
  };
  return sandbox.run(program, { signal, onOutput: () => {} });
}

/** Whoever is killed is there until the system has come to it. */
async function isSoonGone(mark: string): Promise<boolean> {
  const untilMs = systemClock.elapsed() + GONE_MS;
  while (isAlive(mark) && systemClock.elapsed() < untilMs) await systemClock.sleep(LOOK_MS);
  return !isAlive(mark);
}

const GONE_MS = 3_000;
const LOOK_MS = 20;

function isAlive(mark: string): boolean {
  if (!existsSync("/proc")) return false;
  return readdirSync("/proc").some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(mark);
    } catch {
      return false;
    }
  });
}
