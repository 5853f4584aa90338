// `cadre --http` as what the system starts by itself. Nothing of somebody else's is written over, and it counts as
// installed only when it answers.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Clock, deadline } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { SERVICE_COMMAND_MS, SERVICE_LOOK_MS, SERVICE_START_MS } from "../base/limits.ts";
import { clip, printable } from "../base/text.ts";
import { localOrigin } from "../config/local-origin.ts";
import { askNeighbour, type Neighbour } from "../config/neighbour.ts";
import { askingToken } from "../config/token.ts";
import { logFolder } from "../observe/log-file.ts";
import type { Finished, Runtime } from "../runtime/runtime.ts";
import { launchd } from "./launchd.ts";
import {
  type CommandLine,
  MARK,
  type ManagedState,
  type ServiceLaunch,
  type ServiceManager,
} from "./service-manager.ts";
import { systemd } from "./systemd.ts";
import { taskScheduler } from "./task-scheduler.ts";

export interface ServiceParts {
  readonly runtime: { readonly host: ServiceHost };
  readonly clock: Clock;
  readonly folders: { readonly data: string; readonly config: string };
  readonly settings: { readonly host: string; readonly port: number; readonly base_path: string };
  /** The program, as it is found after an upgrade, too. */
  readonly program: CommandLine;
}

type ServiceHost = Pick<Runtime["host"], "platform" | "env" | "homeDir" | "uid" | "run">;

export interface ServiceState {
  readonly service: "running" | "stopped" | "absent";
  readonly manager: string;
  readonly file?: string;
  readonly address: string;
  readonly version?: string;
  readonly pid?: number;
  /** Who listens there when it is not the service. */
  readonly neighbour?: string;
  readonly journal: string;
}

/** What would be done. */
export interface ServicePlan {
  readonly manager: string;
  readonly file?: { readonly path: string; readonly text: string };
  readonly commands: readonly string[];
  readonly notes: readonly string[];
}

const SAID_CHARS = 300;

export class SystemService {
  readonly #parts: ServiceParts;
  readonly #manager: ServiceManager;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#manager = managerOf(parts);
  }

  get address(): string {
    const { host, port, base_path } = this.#parts.settings;
    return localOrigin(host, port) + base_path;
  }

  get #logFolder(): string {
    return logFolder(this.#parts.folders.data);
  }

  plan(what: "install" | "remove"): ServicePlan {
    const { name, file, notes } = this.#manager;
    const commands = this.#manager[what].map(([command]) => command.join(" "));
    return { manager: name, ...(file ? { file } : {}), commands, notes: what === "install" ? notes : [] };
  }

  /** By us: what somebody wrote by hand is theirs. */
  async isInstalled(): Promise<boolean> {
    const { file } = this.#manager;
    if (file) return existsSync(file.path) && readFileSync(file.path, "utf8").includes(MARK);
    return (await this.state()).service !== "absent";
  }

  async install(): Promise<ServiceState> {
    const { file, install } = this.#manager;
    await this.#refuseWithoutManager();
    if (file) refuseForeign(file.path);
    await this.#refuseTakenPort();
    // What launchd writes into is not made by it.
    mkdirSync(this.#logFolder, { recursive: true, mode: 0o700 });
    if (file) writeNew(file.path, file.text);
    for (const [command, mustWork = true] of install) await this.#do(command, mustWork);
    return await this.#untilItAnswers();
  }

  async remove(): Promise<ServiceState> {
    const { file, remove } = this.#manager;
    await this.#refuseWithoutManager();
    const { service } = await this.state();
    if (service === "absent" && !(file && existsSync(file.path))) {
      throw new AppError("not_found", "there is no service of cadre's", { hint: "cadre service install makes one." });
    }
    if (file) refuseForeign(file.path);
    const [stop, ...rest] = remove;
    if (stop) await this.#do(...stop);
    if (file) rmSync(file.path, { force: true });
    for (const [command, mustWork] of rest) await this.#do(command, mustWork);
    return await this.state();
  }

  async state(): Promise<ServiceState> {
    const { name, file, query, journal } = this.#manager;
    const told = this.#manager.stateOf(await this.#run(query));
    const neighbour = await this.#neighbour();
    const answers = neighbour !== undefined && isServiceItself(told, neighbour);
    const isThere = told.state === "installed" ? (answers ? "running" : "stopped") : told.state;
    return {
      service: isThere,
      manager: name,
      ...(file ? { file: file.path } : {}),
      address: this.address,
      ...(answers ? { version: neighbour.version, pid: neighbour.pid } : {}),
      ...(neighbour && !answers ? { neighbour: `cadre ${neighbour.version}, process ${neighbour.pid}` } : {}),
      journal,
    };
  }

  async #untilItAnswers(): Promise<ServiceState> {
    const { clock } = this.#parts;
    const until = clock.elapsed() + SERVICE_START_MS;
    for (;;) {
      const state = await this.state();
      if (state.pid !== undefined) return state;
      if (clock.elapsed() >= until) {
        throw new AppError("unavailable", "the service was installed, and does not answer", {
          hint: `Look at cadre logs, and at: ${state.journal}`,
        });
      }
      await clock.sleep(SERVICE_LOOK_MS);
    }
  }

  async #refuseWithoutManager(): Promise<void> {
    const answer = await this.#run(this.#manager.probe);
    if (answer.exit === 0) return;
    throw new AppError("unavailable", `cannot use ${this.#manager.name}: ${saidBy(answer)}`, {
      hint: "Start cadre --http by what starts programs here; cadre service install --dry-run shows a file to begin from.",
    });
  }

  /** Unless it is the service itself, which then begins anew. */
  async #refuseTakenPort(): Promise<void> {
    const { neighbour } = await this.state();
    if (neighbour === undefined) return;
    throw new AppError("conflict", `cannot install the service: ${neighbour} listens at ${this.address}`, {
      hint: "Stop it, or choose another port with --port.",
    });
  }

  #neighbour(): Promise<Neighbour | undefined> {
    const { runtime, folders, settings } = this.#parts;
    return askNeighbour(this.address, { token: askingToken(runtime.host.env, folders.data), port: settings.port });
  }

  async #do(command: CommandLine, mustWork = true): Promise<void> {
    const answer = await this.#run(command);
    if (answer.exit === 0 || !mustWork) return;
    throw new AppError("failed", `${command.join(" ")} failed: ${saidBy(answer)}`, {
      hint: `Look at: ${this.#manager.journal}`,
    });
  }

  async #run(command: CommandLine): Promise<Finished> {
    try {
      return await this.#parts.runtime.host.run(command, { signal: deadline(SERVICE_COMMAND_MS) });
    } catch (cause) {
      return { exit: 127, stdout: "", stderr: `${command[0]} cannot be started: ${String(cause)}` };
    }
  }
}

/** Somebody may have started another cadre by hand, on the same port. */
function isServiceItself({ state, pid }: ManagedState, neighbour: Neighbour): boolean {
  return state === "running" ? neighbour.isOurs && neighbour.pid === pid : state === "installed" && neighbour.isOurs;
}

function managerOf(parts: ServiceParts): ServiceManager {
  const { runtime, folders, settings, program } = parts;
  const { platform, uid, homeDir } = runtime.host;
  const launch: ServiceLaunch = {
    command: [
      ...program,
      "--http",
      String(settings.port),
      ...["--host", settings.host],
      ...["--data-dir", folders.data, "--config-dir", folders.config],
    ] as [string, ...string[]],
    uid,
    home: homeDir,
    envFile: join(folders.config, "service.env"),
    logFile: join(logFolder(folders.data), "service.log"),
  };
  if (platform === "darwin") return launchd(launch);
  return platform === "win32" ? taskScheduler(launch) : systemd(launch);
}

function refuseForeign(path: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8").includes(MARK)) return;
  throw new AppError("conflict", `cannot touch ${path}: somebody wrote it by hand`, {
    hint: "Move it away, or keep it: it starts cadre as it says.",
  });
}

function writeNew(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}

function saidBy({ stderr, stdout, exit }: Finished): string {
  return clip(printable((stderr.trim() || stdout.trim() || `exit code ${exit}`).replaceAll("\n", "; ")), SAID_CHARS);
}
