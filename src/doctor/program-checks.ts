// The executable itself, and what around it could make it another one.
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setAlarm } from "../base/alarm.ts";
import { COMMIT } from "../base/version.ts";
import type { Check, CheckParts, Finding } from "./check.ts";

const ASK_MS = 2_000;
/** A file system whose clock differs more is on another machine, or this one's clock is wrong. */
const CLOCK_MS = 5_000;
/** This was written in 2026: a clock that says less is wrong. */
const YEAR_2026_MS = 1_767_225_600_000;

export function programChecks(parts: CheckParts): Check[] {
  const { host } = parts.runtime;
  const check = (name: string, look: Check["look"]): Check => ({ group: "program", name, look });
  return [
    check("program", () => ({
      status: "ok",
      evidence: `cadre ${parts.version} (${COMMIT}), ${host.isCompiled ? host.executable : `from source, ${host.self.join(" ")}`}`,
    })),
    check("system", () => ({ status: "ok", evidence: systemWords(parts) })),
    check("other copies", () => otherCopies(parts)),
    ...(host.platform === "darwin" ? [check("quarantine", () => quarantine(parts))] : []),
    check("environment", () => environment(parts)),
    check("working folder", () => workingFolder(parts)),
    check("clock", () => clock(parts)),
  ];
}

function systemWords({ runtime: { host, name } }: CheckParts): string {
  const libc = host.platform === "linux" ? `, ${libcOf()}` : "";
  return `${host.platform} ${host.arch}${libc}, ${name} ${host.runtimeVersion}`;
}

function libcOf(): string {
  const hasMusl = ["/lib", "/usr/lib"].some((folder) => names(folder).some((name) => name.startsWith("ld-musl-")));
  return hasMusl && !existsSync("/lib64/ld-linux-x86-64.so.2") ? "musl" : "glibc";
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function otherCopies({ runtime: { host }, clock: time }: CheckParts): Promise<Finding> {
  const name = host.platform === "win32" ? "cadre.exe" : "cadre";
  const found = new Map<string, string>();
  for (const folder of (host.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    const real = folder === "" ? undefined : realPath(path);
    if (real !== undefined && !found.has(real)) found.set(real, path);
  }
  found.delete(realPath(host.executable) ?? "");
  if (found.size === 0) return { status: "ok", evidence: "none on the PATH" };
  using alarm = setAlarm(time, ASK_MS);
  const said = await Promise.all(
    [...found.values()].map(async (path) => {
      const version = await host.run([path, "--version"], { signal: alarm.signal }).catch(() => undefined);
      return `${path} (${version?.stdout.trim() || "does not say its version"})`;
    }),
  );
  return {
    status: "warning",
    evidence: said.join(", "),
    fix: "Keep one of them: clients and shells may start different ones.",
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

async function quarantine({ runtime: { host }, clock: time }: CheckParts): Promise<Finding> {
  using alarm = setAlarm(time, ASK_MS);
  const { exit } = await host.run(["xattr", "-p", "com.apple.quarantine", host.executable], { signal: alarm.signal });
  if (exit !== 0) return { status: "ok", evidence: "not marked as downloaded" };
  const fix = `xattr -d com.apple.quarantine ${host.executable}`;
  return { status: "warning", evidence: "marked as downloaded: macOS may refuse to start it", fix };
}

/** Set, these run somebody's code inside every program that Bun made. */
function environment({ runtime: { host } }: CheckParts): Finding {
  const set = ["BUN_OPTIONS", "BUN_INSPECT", "NODE_OPTIONS", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES"].filter(
    (name) => host.env[name],
  );
  if (set.length === 0) return { status: "ok", evidence: "nothing in it changes how programs start" };
  return { status: "warning", evidence: `set: ${set.join(", ")}`, fix: `unset ${set.join(" ")}` };
}

function workingFolder({ runtime: { host } }: CheckParts): Finding {
  const found = [".env", "bunfig.toml"].filter((name) => existsSync(join(host.cwd, name)));
  if (found.length === 0 || host.isCompiled) {
    const evidence =
      found.length === 0 ? host.cwd : `${host.cwd}; its ${found.join(" and ")} are not read by the executable`;
    return { status: "ok", evidence };
  }
  return {
    status: "warning",
    evidence: `${found.join(" and ")} in ${host.cwd}: Bun reads them when cadre runs from source`,
  };
}

function clock({ clock: time, config }: CheckParts): Finding {
  const now = time.now();
  if (now < YEAR_2026_MS) {
    return { status: "problem", evidence: new Date(now).toISOString(), fix: "Set the clock of this machine." };
  }
  const folder = config.folders.data;
  const probe = join(folder, `.clock-${now}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(probe, "");
    const behind = Math.abs(statSync(probe).mtimeMs - time.now());
    if (behind > CLOCK_MS) {
      const evidence = `the disk of ${folder} is ${Math.round(behind / 1_000)} s off`;
      return { status: "warning", evidence, fix: "Leases count on one clock: set both to the same time." };
    }
  } catch {
    return { status: "note", evidence: "could not be compared with the disk's" }; // The data checks say why.
  } finally {
    rmSync(probe, { force: true });
  }
  return { status: "ok", evidence: new Date(now).toISOString() };
}
