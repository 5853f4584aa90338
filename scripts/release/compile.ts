// Turns a TypeScript entry into one executable. Runtimes of other platforms come from the npm registry
// (`@oven/bun-*`); Bun fetches them by itself and keeps them in its cache.
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Platform, platformOf } from "./executable.ts";
import { signAdHoc, signatureProblem } from "./mach-o-signature.ts";

export const TARGETS = {
  "linux-x64": { os: "linux", arch: "x64", libc: "glibc" },
  "linux-arm64": { os: "linux", arch: "arm64", libc: "glibc" },
  "linux-x64-musl": { os: "linux", arch: "x64", libc: "musl" },
  "linux-arm64-musl": { os: "linux", arch: "arm64", libc: "musl" },
  "darwin-x64": { os: "darwin", arch: "x64" },
  "darwin-arm64": { os: "darwin", arch: "arm64" },
  "windows-x64": { os: "windows", arch: "x64" },
  "windows-arm64": { os: "windows", arch: "arm64" },
} as const satisfies Record<string, Platform>;

export type Target = keyof typeof TARGETS;

export interface CompileOptions {
  readonly entry: string;
  readonly outfile: string;
  /** This machine, when there is none. */
  readonly target?: Target | undefined;
  readonly commit: string;
  /** The address below which releases are published; empty where there is none. */
  readonly releases?: string;
}

/** How many times later than usual the JIT steps in during the start; see start.ts, which ends it. */
const START_JIT_POLICY = 100;
const START = join(import.meta.dir, "start.ts");

/** Compiles, checks what came out, and only then puts it where it belongs. */
export async function compile({ entry, outfile, target, commit, releases = "" }: CompileOptions): Promise<void> {
  const work = mkdtempSync(join(dirname(outfile), ".build-"));
  const made = join(work, basename(outfile));
  const whole = join(dirname(entry), "whole.ts");
  try {
    await Bun.build({
      entrypoints: [whole],
      files: { [whole]: `import ${JSON.stringify(START)};\nimport ${JSON.stringify(entry)};\n` },
      target: "bun",
      format: "esm",
      // What Deno has instead of Bun's own clients.
      external: ["postgres", "ioredis"],
      minify: true,
      // What is loaded lazily stays out of the start.
      splitting: true,
      // Without bytecode the first answer takes half as long again.
      bytecode: true,
      // Embedded they took 6 MB. The same commit, built with them, finds the line that an error names by its column.
      sourcemap: "none",
      define: { CADRE_COMMIT: JSON.stringify(commit), CADRE_RELEASES: JSON.stringify(releases) },
      compile: {
        outfile: made,
        jitPolicy: START_JIT_POLICY,
        ...(target ? { target: `bun-${target}` as Bun.Build.CompileTarget } : {}),
        // Started in a stranger's project, the program must not load its .env nor run its bunfig.toml's preload.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
      },
    });
    check(made, target);
    replace(made, outfile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** That the program is for the platform that was asked for, and that macOS would start it. */
function check(path: string, target: Target | undefined): void {
  const bytes = readFileSync(path);
  const platform = platformOf(bytes);
  if (!platform) throw new Error(`${path} is no executable`);
  if (target && !Bun.deepEquals(platform, TARGETS[target])) {
    throw new Error(`${path} is for ${JSON.stringify(platform)}, not for ${target}`);
  }
  if (platform.os !== "darwin" || !signatureProblem(bytes)) return;
  const signed = signAdHoc(bytes, "cadre");
  const problem = signatureProblem(signed);
  if (problem) throw new Error(`cannot sign ${path}: ${problem}`);
  writeFileSync(path, signed);
}

/** A rename, so that a process that runs the old file keeps it. */
function replace(made: string, outfile: string): void {
  chmodSync(made, 0o755);
  renameSync(made, outfile);
}
