// Puts another file in the place of a database that cannot be opened. Invariants: nothing is deleted; the log
// of the old file never lies beside the new one, which SQLite would take it for; at no moment is the place
// empty, where a starting process would begin a new database.
import { constants, copyFileSync, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../base/errors.ts";
import { renameDurably, SIDECARS, syncFile, syncFolder } from "../durable-file.ts";
import { holdersOf } from "../holders.ts";

interface Swap {
  readonly live: string;
  readonly next: string;
  /** What the old file is called from now on. */
  readonly aside: string;
  readonly ownPid: number;
}

/** Answers where the old file is, when there was one. */
export function swapFile({ live, next, aside, ownPid }: Swap): string | undefined {
  refuseHeld(live, ownPid);
  const hadFile = existsSync(live);
  if (hadFile && !existsSync(aside)) linkOrCopy(live, aside);
  for (const ending of SIDECARS) {
    if (!existsSync(`${live}${ending}`)) continue;
    // The index of the log means nothing without the processes that shared it.
    if (ending === "-shm") rmSync(`${live}${ending}`);
    else renameSync(`${live}${ending}`, `${aside}${ending}`);
  }
  syncFolder(dirname(live));
  renameDurably(next, live);
  return hadFile ? aside : undefined;
}

/** Keeps the bytes of a damaged database that is about to be written over. */
export function copyAside(live: string, aside: string): void {
  for (const ending of ["", "-wal"]) {
    if (!existsSync(`${live}${ending}`)) continue;
    copyFileSync(`${live}${ending}`, `${aside}${ending}`, constants.COPYFILE_EXCL);
    syncFile(`${aside}${ending}`);
  }
  syncFolder(dirname(live));
}

/** Whoever has the old file open would go on writing to it, and what it acknowledges would be lost. */
function refuseHeld(live: string, ownPid: number): void {
  const holders = holdersOf(live, ownPid) ?? [];
  if (holders.length === 0) return;
  throw new AppError("unavailable", `cannot restore: the damaged file is still open in process ${holders.join(", ")}`, {
    hint: "Close these clients of cadre first, then try again.",
  });
}

/** Some file systems have no links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    syncFile(to);
  }
}
