import { readFileSync, statSync } from "node:fs";

/** The bytes of a database file that every connection in WAL mode keeps locked for as long as it is open. */
const SHARED_FIRST = 1_073_741_826;

/** The processes that have a database open; undefined where the system does not say (Linux does). */
export function holdersOf(path: string, ownPid: number): number[] | undefined {
  let locks: string;
  let inode: number;
  try {
    locks = readFileSync("/proc/locks", "utf8");
    inode = statSync(path).ino;
  } catch {
    return undefined; // Not Linux, or no such file.
  }
  return holdersIn(locks, inode).filter((pid) => pid !== ownPid);
}

/** Lines like `2: POSIX  ADVISORY  READ 10772 fe:00:2173093 1073741826 1073742335`. */
export function holdersIn(locks: string, inode: number): number[] {
  const pids = locks.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const place = words.findIndex((word) => word.endsWith(`:${inode}`));
    if (place < 1 || Number(words[place + 1]) !== SHARED_FIRST) return [];
    return [Number(words[place - 1])];
  });
  return [...new Set(pids)].sort((a, b) => a - b);
}
