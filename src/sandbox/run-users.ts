// Where cadre runs as root, each program runs as a user that exists nowhere else: it owns nothing, and no limit or
// signal of another program touches it. Invariant: no two programs that run at once have the same.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Host } from "../runtime/runtime.ts";

/** Numbers that systemd leaves to users who come and go. */
const UID_MIN = 61_184;
const UID_MAX = 65_519;
const TRIES_MAX = 50;

export interface RunUser {
  readonly uid: number;
  release(): void;
}

/** Undefined where this process may not become another user. */
export function takeRunUser(host: Pick<Host, "pid" | "signalProcess" | "uid">, clock: Clock): RunUser | undefined {
  if (host.uid !== 0 || !isMapped()) return undefined;
  const folder = join(tmpdir(), "cadre-users");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = statSync(folder);
  if (owner !== 0 || (mode & 0o022) !== 0) return undefined; // Somebody else's folder promises nothing.
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const uid = UID_MIN + Math.floor(clock.random() * (UID_MAX - UID_MIN + 1));
    const path = join(folder, String(uid));
    if (!reserve(path, host)) continue;
    return { uid, release: () => rmSync(path, { force: true }) };
  }
  return undefined;
}

function reserve(path: string, host: Pick<Host, "pid" | "signalProcess">): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, String(host.pid));
    closeSync(file);
    return true;
  } catch {
    const owner = Number(readText(path));
    if (owner > 0 && !host.signalProcess(owner, 0)) rmSync(path, { force: true }); // Free at the next try.
    return false;
  }
}

/** In a container only some users may exist. */
function isMapped(): boolean {
  return readText("/proc/self/uid_map")
    .trim()
    .split("\n")
    .some((line) => {
      const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return inside <= UID_MIN && inside + count > UID_MAX;
    });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
