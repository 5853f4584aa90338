// A newer executable in the place of this one. Invariant: what was there is kept beside it until the new one has said
// its version and has looked at the database; when anything fails, nothing has changed.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { NEW_PROGRAM_MS_MAX, RELEASE_BYTES_MAX, RELEASE_MS_MAX } from "../base/limits.ts";
import type { Host } from "../runtime/runtime.ts";
import { packageManagerOf } from "./owner.ts";
import { fileInTar } from "./tar.ts";

type UpgradeHost = Pick<Host, "platform" | "arch" | "executable" | "isCompiled" | "run">;

export interface UpgradeParts {
  readonly host: UpgradeHost;
  readonly clock: Clock;
  readonly version: string;
  /** Where releases are published. */
  readonly from: string;
  readonly signal: AbortSignal;
  /** Told what goes on. */
  say(what: string): void;
}

export interface Release {
  readonly version: string;
  readonly base: string;
  readonly isNewer: boolean;
}

/** The release of this version, or the newest. */
export async function findRelease(parts: UpgradeParts, wanted: string | undefined): Promise<Release> {
  const from = checkedAddress(parts.from);
  const base = wanted === undefined ? `${from}/latest/download` : `${from}/download/v${wanted.replace(/^v/, "")}`;
  const version = new TextDecoder().decode(await fetchAll(`${base}/VERSION`, parts)).trim();
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new AppError("failed", `cannot read which version ${base} has`, {
      hint: "See whether releases are published there.",
    });
  }
  return { version, base, isNewer: compareVersions(version, parts.version) > 0 };
}

/** What a package manager owns, it must change itself; what runs from source, its user. */
export function refuseOwned({ host }: Pick<UpgradeParts, "host">): void {
  if (!host.isCompiled) {
    throw new AppError("conflict", "cannot upgrade: this cadre runs from source", { hint: "Pull the newer source." });
  }
  const owner = packageManagerOf(host.executable);
  if (!owner) return;
  throw new AppError("conflict", `cannot upgrade ${host.executable}: ${owner.name} owns it`, { hint: owner.upgrade });
}

export interface Upgraded {
  readonly executable: string;
  readonly version: string;
  readonly previous: string;
}

export async function upgradeTo(release: Release, parts: UpgradeParts): Promise<Upgraded> {
  const { host, say } = parts;
  refuseOwned(parts);
  const archive = `cadre-${targetOf(host)}.tar.gz`;
  const sums = new TextDecoder().decode(await fetchAll(`${release.base}/SHA256SUMS`, parts));
  const wanted = sums
    .split("\n")
    .map((line) => line.trim().split(/\s+\*?/))
    .find(([, name]) => name === archive)?.[0];
  if (wanted === undefined) {
    throw new AppError("not_found", `cannot upgrade: ${release.version} has no executable for this machine`, {
      hint: "Build it from source.",
    });
  }
  say(`fetching cadre ${release.version}`);
  const bytes = await fetchAll(`${release.base}/${archive}`, parts);
  if (digest(bytes) !== wanted) {
    throw new AppError("damaged", `cannot upgrade: the sum of ${archive} is wrong`, {
      hint: "The download was damaged, or changed on the way: try again.",
    });
  }
  const program = fileInTar(unpacked(bytes), host.platform === "win32" ? "cadre.exe" : "cadre");
  if (!program)
    throw new AppError("damaged", `cannot upgrade: ${archive} holds no cadre`, { hint: "Tell who published it." });
  const draft = join(
    dirname(host.executable),
    `.cadre-${release.version}.new${host.platform === "win32" ? ".exe" : ""}`,
  );
  try {
    writeProgram(draft, program);
    await prove(draft, release.version, parts);
    return { executable: host.executable, version: release.version, previous: swap(host.executable, draft) };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { code } = cause as { code?: string };
    throw new AppError("forbidden", `cannot replace ${host.executable}: ${code ?? "unknown failure"}`, {
      hint: "Whoever put it there must upgrade it, or install another one with install.sh.",
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The one before comes back, and this one is kept in its place. */
export async function rollBack(parts: UpgradeParts): Promise<Upgraded> {
  const { host } = parts;
  refuseOwned(parts);
  const previous = previousOf(host.executable);
  if (!existsSync(previous)) {
    throw new AppError("not_found", "cannot go back: no earlier cadre is kept here", {
      hint: `It would lie at ${previous}.`,
    });
  }
  const version = await prove(previous, undefined, parts);
  const aside = `${previous}.swap`;
  renameSync(previous, aside);
  swap(host.executable, aside);
  return { executable: host.executable, version, previous };
}

function swap(executable: string, next: string): string {
  const previous = previousOf(executable);
  // Also on Windows, where a program that runs cannot be replaced but moved.
  renameSync(executable, previous);
  try {
    renameSync(next, executable);
  } catch (cause) {
    renameSync(previous, executable);
    throw cause;
  }
  return previous;
}

function previousOf(executable: string): string {
  return executable.endsWith(".exe") ? executable.replace(/\.exe$/, ".previous.exe") : `${executable}.previous`;
}

/** Starts it twice before anything is replaced: what it says that it is, and whether it can read what there is. */
async function prove(
  program: string,
  version: string | undefined,
  { host, clock, say }: UpgradeParts,
): Promise<string> {
  using alarm = setAlarm(clock, NEW_PROGRAM_MS_MAX);
  const { signal } = alarm;
  const said = await host.run([program, "--version"], { signal });
  const found = /^cadre (\S+)/.exec(said.stdout)?.[1];
  if (said.exit !== 0 || found === undefined || (version !== undefined && found !== version)) {
    throw new AppError("failed", `cannot use ${program}: it says ${JSON.stringify(said.stdout.trim())}`, {
      hint: "Nothing was replaced.",
    });
  }
  say(`cadre ${found} starts; looking at the database with it`);
  const check = await host.run([program, "db", "check", "--json"], { signal });
  if (check.exit === 0 || check.exit === NO_DATABASE || check.exit === USAGE) return found;
  throw new AppError("conflict", `cannot change to ${found}: it does not get along with the database`, {
    hint: `Nothing was replaced. It said: ${firstMessage(check.stderr)}`,
  });
}

/** There is none yet; or it is a server, which the command is not for. */
const NO_DATABASE = 4;
const USAGE = 2;

function firstMessage(stderr: string): string {
  const message = /"message":"([^"]*)"/.exec(stderr)?.[1];
  return message ?? stderr.trim().split("\n")[0] ?? "nothing";
}

function writeProgram(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w", 0o755);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(path, 0o755);
}

function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: RELEASE_BYTES_MAX });
  } catch (cause) {
    throw new AppError("damaged", "cannot upgrade: the archive cannot be unpacked", { hint: "Try again.", cause });
  }
}

async function fetchAll(url: string, { clock, signal }: UpgradeParts): Promise<Uint8Array> {
  using alarm = setAlarm(clock, RELEASE_MS_MAX);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, alarm.signal]) });
    if (!response.ok) {
      throw new AppError("unavailable", `cannot fetch ${url}: it answered ${response.status}`, {
        hint: "See whether this version is published.",
      });
    }
    return await bounded(response, url);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("unavailable", `cannot fetch ${url}`, {
      hint: "See whether the address can be reached.",
      cause,
    });
  }
}

async function bounded(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > RELEASE_BYTES_MAX)
      throw new AppError("too_large", `cannot fetch ${url}: it is too large`, { hint: "See what lies there." });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A sum that comes the same way as the file proves nothing where anybody on the way can change both. */
function checkedAddress(from: string): string {
  const url = URL.canParse(from) ? new URL(from) : undefined;
  const isLoopback = url !== undefined && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback)) return from.replace(/\/+$/, "");
  throw new AppError(
    "invalid_input",
    from === "" ? "cannot upgrade: nobody said where releases are published" : `cannot upgrade from ${from}`,
    {
      hint: "Give an address with --from https://…",
    },
  );
}

/** What the release of this machine is called. */
function targetOf({ platform, arch, executable }: UpgradeHost): string {
  const system = platform === "win32" ? "windows" : platform;
  return `${system}-${arch}${platform === "linux" && isMusl(executable) ? "-musl" : ""}`;
}

const LOADER_BYTES = 8_192;

/** The name of the loader stands near the beginning of the program. */
function isMusl(executable: string): boolean {
  const file = openSync(executable, "r");
  try {
    const head = Buffer.alloc(LOADER_BYTES);
    readSync(file, head, 0, LOADER_BYTES, 0);
    return head.includes("/ld-musl-");
  } finally {
    closeSync(file);
  }
}

export function compareVersions(a: string, b: string): number {
  const [aNumbers = "", aRest = ""] = a.split(/-(.*)/);
  const [bNumbers = "", bRest = ""] = b.split(/-(.*)/);
  const left = aNumbers.split(".").map(Number);
  const right = bNumbers.split(".").map(Number);
  for (const [at, number] of left.entries()) {
    const difference = number - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (aRest === bRest) return 0;
  // What is not out yet comes before what is.
  if (aRest === "" || bRest === "") return aRest === "" ? 1 : -1;
  return aRest < bRest ? -1 : 1;
}
