// Which levels work on this machine is shown, not assumed: at first use a canary tries, inside a level, what that
// level forbids. A kernel that is new enough may still have it switched off, and a container may forbid it.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { confine, type Plan } from "./confine.ts";
import type { ConfinedProcess } from "./confined-process.ts";
import { LEVELS, type Level } from "./isolation.ts";
import type { Launcher } from "./launcher/launcher.ts";
import { LIMITS_DEFAULT } from "./limits.ts";
import { makeTempFolder, withRoom } from "./run-folder.ts";
import { takeRunUser } from "./run-users.ts";

export interface LevelTest {
  readonly level: Level;
  readonly works: boolean;
  /** What it let through, or why it cannot be used. */
  readonly problems: readonly string[];
}

/** Each line that it prints is something that it should not have been able to do. */
const CANARY = `
cat "$1" >/dev/null 2>&1 && echo "reads a file outside"
(echo x > "$2") 2>/dev/null && echo "writes a file outside"
kill -0 "$3" 2>/dev/null && echo "signals a process outside"
if [ -n "$BASH_VERSION" ]; then (exec 3<>"/dev/tcp/127.0.0.1/$4") 2>/dev/null && echo "opens a connection"; fi
`;
const OF_LINUX = `
grep -q '^NoNewPrivs:.1' /proc/self/status || echo "may gain privileges"
grep -q '^Seccomp:.2' /proc/self/status || echo "has no filter of system calls"
`;
const CANARY_MS = 10_000;

export class Levels {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #processes: ConfinedProcess;
  readonly #launcher: Launcher;
  #best: Promise<Level> | undefined;

  constructor(runtime: Runtime, clock: Clock, processes: ConfinedProcess, launcher: Launcher) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#processes = processes;
    this.#launcher = launcher;
  }

  /** The strongest that works here. */
  best(): Promise<Level> {
    this.#best ??= this.#findBest().catch((cause: unknown) => {
      this.#best = undefined; // What was mended is found at the next program.
      throw cause;
    });
    return this.#best;
  }

  /** 0 where there is none. */
  landlockAbi(): Promise<number> {
    return this.#launcher.landlockAbi();
  }

  async test(level: Level, signal: AbortSignal): Promise<LevelTest> {
    if (level === "process") return { level, works: true, problems: [] };
    const { platform } = this.#runtime.host;
    const isThere = platform === "linux" || (platform === "darwin" && level === "landlock");
    if (!isThere) return { level, works: false, problems: [`${platform} has nothing like it`] };
    // A machine without room for a file says nothing about the level.
    const outside = makeTempFolder("cadre-canary-");
    try {
      const problems = await this.#canary(level, outside, signal).catch((cause: unknown) => {
        if (cause instanceof AppError) throw cause;
        return [String(cause)];
      });
      return { level, works: problems.length === 0, problems };
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  }

  async #findBest(): Promise<Level> {
    const signal = new AbortController().signal;
    for (const level of LEVELS.toReversed()) if ((await this.test(level, signal)).works) return level;
    return "process";
  }

  async #canary(level: Level, outside: string, signal: AbortSignal): Promise<string[]> {
    const { host } = this.#runtime;
    const server = await listen();
    const user = withRoom(() => takeRunUser(host, this.#clock));
    try {
      withRoom(() => writeFileSync(join(outside, "canary"), "x", { mode: 0o644 }));
      const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
      const words = [join(outside, "canary"), join(outside, "new"), String(host.pid), String(portOf(server))];
      const plan: Plan = {
        command: [shell, "-c", `${CANARY}${host.platform === "linux" ? OF_LINUX : ""}echo done`, "canary", ...words],
        env: { PATH: "/usr/bin:/bin" },
        cwd: "/",
        readable: ["/proc"],
        writable: [],
        network: "off",
        isRuntime: false,
      };
      const limits = { ...LIMITS_DEFAULT, wallMs: CANARY_MS };
      const confined = confine(host, plan, { level, uid: user?.uid, limits });
      const { ended, stdout, stderr } = await this.#processes.run(
        { confined, stdin: "", limits, diskUse: async () => 0 },
        signal,
      );
      const lines = Buffer.from(stdout).toString().trim().split("\n");
      if (lines.at(-1) === "done") return lines.slice(0, -1);
      const said = Buffer.from(stderr).toString().trim();
      return [said || `the canary ended with ${ended.signal ?? ended.exit}`];
    } finally {
      user?.release();
      server.close();
    }
  }
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}
