// The folder that a program lives in for as long as it runs. Its names are not to be guessed, and it goes with the
// program: what is left of a crash is cleared away by whoever runs a program next.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AppError } from "../base/errors.ts";
import type { Host } from "../runtime/runtime.ts";

/** Others may pass through, but not look around. */
const PASS_THROUGH = 0o711;

export interface RunFolder {
  readonly path: string;
  /** Where the program works, and what it leaves there is kept. */
  readonly work: string;
  /** For its temporary files, and its home. */
  readonly temp: string;
  /** The program itself; it may only read it. */
  readonly code: string;
  remove(): Promise<void>;
}

/** A folder that says whose it is: it goes with this process at the latest. */
export function makeProcessFolder(host: Pick<Host, "pid">, purpose: "run" | "launch"): string {
  const path = makeTempFolder(`cadre-${purpose}-${host.pid}-`);
  chmodSync(path, PASS_THROUGH);
  return path;
}

export function makeRunFolder(host: Pick<Host, "pid">, uid: number | undefined): RunFolder {
  const path = makeProcessFolder(host, "run");
  const folder = { path, work: join(path, "work"), temp: join(path, "tmp"), code: join(path, "code") };
  for (const inner of [folder.work, folder.temp]) {
    mkdirSync(inner, { mode: 0o700 });
    if (uid !== undefined) chownSync(inner, uid, uid);
  }
  mkdirSync(folder.code, { mode: 0o755 });
  return { ...folder, remove: () => removeTree(path) };
}

/** A new folder whose name nobody can guess. */
export function makeTempFolder(prefix: string): string {
  // By its real name: what a program may reach is looked at after links are followed.
  return withRoom(() => realpathSync(mkdtempSync(join(tmpdir(), prefix))));
}

/** What a disk says that is full, or that nothing can be written to, or that is not there. */
function isOfDisk(cause: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS", "ENOENT", "EACCES", "EPERM"].includes((cause as { code?: string }).code ?? "");
}

function noRoom(cause: unknown): AppError {
  const { code } = cause as { code?: string };
  return new AppError(
    code === "ENOSPC" || code === "EDQUOT" ? "storage_full" : "unavailable",
    `cannot run code: nothing can be written in ${tmpdir()} (${code ?? "unknown failure"})`,
    { hint: "Free some room there, or give a folder that can be written in the variable TMPDIR.", cause },
  );
}

/** What a full disk says is told as that, whatever it was wanted for. */
export function withRoom<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw isOfDisk(cause) ? noRoom(cause) : cause;
  }
}

/** A file that the caller gave; the program owns it. */
export function writeInput(path: string, content: string | Uint8Array, uid: number | undefined, top: string): void {
  const missing: string[] = [];
  for (let folder = dirname(path); folder.length > top.length; folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    mkdirSync(folder, { recursive: true });
    if (uid !== undefined) chownSync(folder, uid, uid);
  }
  writeFileSync(path, content, { flag: "wx" });
  if (uid !== undefined) chownSync(path, uid, uid);
}

/** A program may have taken away its own right to delete. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openUp(join(path, name));
}

/** Clears away what processes left that are no more. */
export async function sweepRunFolders(host: Pick<Host, "signalProcess" | "uid">): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []); // Without such a folder there is nothing to clear away.
  for (const name of names) {
    const pid = Number(/^cadre-(?:run|launch)-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || host.signalProcess(pid, 0)) continue;
    const path = join(tmpdir(), name);
    try {
      if ((await lstat(path)).uid === host.uid) await removeTree(path);
    } catch {} // Somebody else sweeps, too.
  }
}
