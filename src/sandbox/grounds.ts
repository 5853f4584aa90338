// Decides for each program on which ground it runs: at which level, as whom, and what the answer says about it.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { closedFolderOn, type Plan } from "./confine.ts";
import { type Isolation, isAtLeast, type Level } from "./isolation.ts";
import { ABI_NETWORK } from "./launcher/landlock.ts";
import type { Levels } from "./levels.ts";
import { withRoom } from "./run-folder.ts";
import { type RunUser, takeRunUser } from "./run-users.ts";

export interface Ground {
  readonly level: Level;
  readonly user: RunUser | undefined;
  readonly isolation: Isolation;
}

interface Wanted {
  /** Refuses to run below it. */
  readonly required: Level;
  /** Runs at this level although a stronger one works. */
  readonly level?: Level | undefined;
  readonly reach: Pick<Plan, "readable" | "writable"> & { readonly network: Isolation["network"] };
  /** The program changes files that belong to us. */
  readonly keepsUser: boolean;
}

export class Grounds {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #levels: Levels;

  constructor(runtime: Runtime, clock: Clock, levels: Levels) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#levels = levels;
  }

  async take({ required, level: wanted, reach, keepsUser }: Wanted): Promise<Ground> {
    const level = wanted ?? (await this.#levels.best());
    if (!isAtLeast(level, required)) throw tooWeak(level, required);
    const isElsewhere = this.#runtime.host.platform !== "linux";
    const user =
      isElsewhere || keepsUser || !this.#isReachable(level, reach)
        ? undefined
        : withRoom(() => takeRunUser(this.#runtime.host, this.#clock));
    return { level, user, isolation: await this.#describe(level, user, reach.network) };
  }

  /** Another user cannot pass through our own folders, unless namespaces let us show it what it needs. */
  #isReachable(level: Level, { readable, writable }: Wanted["reach"]): boolean {
    if (level === "namespace" || this.#runtime.host.uid !== 0) return true;
    return [...readable, ...writable].every((path) => closedFolderOn(path) === undefined);
  }

  async #describe(level: Level, user: RunUser | undefined, network: Isolation["network"]): Promise<Isolation> {
    const { host } = this.#runtime;
    if (host.platform === "darwin" && level === "landlock") return seatbelt(network);
    if (host.platform !== "linux") return unconfined(network);
    if (level === "process") return plain();
    const abi = await this.#levels.landlockAbi();
    if (network === "hosts" && level === "landlock" && abi < ABI_NETWORK) throw noHosts();
    return {
      level,
      backend: [
        ...(level === "namespace" ? ["unshare"] : []),
        `landlock-${abi}`,
        "seccomp",
        "rlimits",
        ...(user ? ["own user"] : []),
      ],
      network,
      verified: true,
      degraded: [
        ...(host.uid === 0 && !user
          ? ["it runs as root, without root's powers: processes are counted by looking"]
          : []),
        ...(level === "landlock" ? residueOf(user, network) : []),
        "disk use is measured by looking",
      ],
    };
  }
}

/** What Landlock alone cannot hold. */
function residueOf(user: RunUser | undefined, network: Isolation["network"]): string[] {
  return [
    ...(user ? [] : ["modes and times of this user's other files can be changed"]),
    ...(network === "hosts" ? ["the proxy's port can be reached at other hosts, too"] : []),
  ];
}

/** Limits on Linux, and no walls. */
function plain(): Isolation {
  const degraded = ["files and network are those of this user", "disk use is measured by looking"];
  return { level: "process", backend: ["rlimits"], network: "on", verified: false, degraded };
}

function noHosts(): AppError {
  return new AppError(
    "forbidden",
    "cannot keep a program to some hosts here: this kernel's Landlock knows no network",
    {
      hint: "Namespaces for ordinary users, or the kernel 6.7 or later, can; or run it without network.",
    },
  );
}

/** Walls of the same class, made by macOS. */
function seatbelt(network: Isolation["network"]): Isolation {
  return {
    level: "landlock",
    backend: ["seatbelt", "rlimits"],
    network,
    verified: true,
    degraded: ["memory, processes and disk are measured by looking", "cadre's makers have not tried it on a Mac"],
  };
}

/** What the system does is nothing yet; an engine still reaches nothing of it. */
function unconfined(network: Isolation["network"]): Isolation {
  return {
    level: "process",
    backend: [],
    network,
    verified: false,
    degraded: ["nothing but the engine itself confines it on this system"],
  };
}

function tooWeak(level: Level, required: Level): AppError {
  return new AppError(
    "forbidden",
    `cannot run this here: it needs the level ${required}, and this machine has ${level}`,
    {
      hint: "cadre code doctor says what there is and how to get more; cadre code allow LANGUAGE lets Python, Bash or Bun run at what there is.",
    },
  );
}
