// Starts what is confined: as the launcher, a tiny executable that takes the steps it is told and becomes the program.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import type { Runtime, Started, StartOptions } from "../../runtime/runtime.ts";
import type { Confined } from "../confine.ts";
import { makeProcessFolder, withRoom } from "../run-folder.ts";
import { Kernel } from "./kernel.ts";
import { landlockAbi } from "./landlock.ts";
import { launchSteps } from "./launch-steps.ts";
import { launcherFile } from "./launcher-file.ts";
import { Steps } from "./steps.ts";
import { archOf } from "./syscalls.ts";

type OnOutput = StartOptions["onOutput"];

/** What it is told at the trial to end with. */
const TRIED = 42;
const NAME_CHARS = 16;

export class Launcher {
  readonly #runtime: Runtime;
  /** Where it is put when nothing may be run from the folder for temporary files. */
  readonly #elsewhere: string;
  #folder: string | undefined;
  #made: Promise<string> | undefined;
  #abi: Promise<number> | undefined;

  constructor(runtime: Runtime, elsewhere: string) {
    this.#runtime = runtime;
    this.#elsewhere = elsewhere;
  }

  async start(confined: Confined, onOutput: OnOutput): Promise<Started> {
    const options = { env: confined.env, cwd: confined.cwd, onOutput };
    if ("command" in confined) return this.#runtime.start(confined.command, options);
    const steps = launchSteps(confined.policy, archOf(this.#runtime.host.arch), await this.landlockAbi());
    const started = await this.#runtime.start(commandOf(confined.around, await this.#path()), options);
    await started.write(steps);
    return started;
  }

  /** What the kernel's Landlock knows; 0 where there is none. */
  landlockAbi(): Promise<number> {
    this.#abi ??= this.#readAbi();
    return this.#abi;
  }

  close(): void {
    this.#removeFolder();
    this.#made = undefined;
  }

  #removeFolder(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async #readAbi(): Promise<number> {
    const { platform, arch } = this.#runtime.host;
    if (platform !== "linux") return 0;
    return landlockAbi(new Kernel(await this.#runtime.native(), arch));
  }

  /** Somebody may have cleared the folder for temporary files. */
  async #path(): Promise<string> {
    const made = this.#made ?? this.#again();
    const path = await made.catch(() => undefined);
    if (path !== undefined && existsSync(path)) return path;
    // Whoever comes first makes it for all who wait.
    return this.#made === made ? this.#again() : this.#path();
  }

  #again(): Promise<string> {
    this.#made = this.#make();
    return this.#made;
  }

  async #make(): Promise<string> {
    this.#removeFolder();
    this.#folder = makeProcessFolder(this.#runtime.host, "launch");
    for (const folder of [this.#folder, this.#elsewhere]) {
      const path = this.#put(folder);
      if (await this.#runs(path)) return path;
    }
    throw new AppError("unavailable", `cannot run code: nothing may be executed in ${this.#folder}`, {
      hint: "Mount it without noexec, or name a folder from which programs may run in the variable TMPDIR.",
    });
  }

  /** In one piece: it may be there already, and run just now. */
  #put(folder: string): string {
    const { host } = this.#runtime;
    const file = launcherFile(archOf(host.arch));
    const path = join(folder, `launch-${createHash("sha256").update(file).digest("hex").slice(0, NAME_CHARS)}`);
    const whole = `${path}.${host.pid}`;
    withRoom(() => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(whole, file, { mode: 0o755 });
      chmodSync(whole, 0o755);
      renameSync(whole, path);
    });
    return path;
  }

  async #runs(path: string): Promise<boolean> {
    const trial = new Steps(archOf(this.#runtime.host.arch));
    trial.call("exit_group", TRIED);
    try {
      const started = await this.#runtime.start([path], { env: {}, cwd: "/", onOutput: () => {} });
      await started.write(trial.encode());
      await started.endInput();
      const { exit } = await started.ended;
      await started.drained;
      return exit === TRIED;
    } catch {
      return false;
    }
  }
}

function commandOf([first, ...rest]: readonly string[], launcher: string): [string, ...string[]] {
  return first === undefined ? [launcher] : [first, ...rest, launcher];
}
