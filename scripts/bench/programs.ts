import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../release/compile.ts";

const root = join(import.meta.dir, "..", "..");

const ENTRIES = {
  cadre: "src/main.ts",
  noop: "scripts/bench/noop/main.ts",
  "echo-stdio": "scripts/bench/echo/stdio.ts",
  "echo-synced": "scripts/bench/echo/synced.ts",
  "echo-shared": "scripts/bench/echo/shared.ts",
  "echo-http": "scripts/bench/echo/http.ts",
  raw: "scripts/bench/echo/raw.ts",
  line: "scripts/bench/echo/line.ts",
} as const;

type ProgramName = keyof typeof ENTRIES;

/** Where a run keeps everything: on the disk of the project, never on a tmpfs, whose fsync costs nothing. */
export class Bench {
  readonly folder: string;
  readonly #compiled = new Map<ProgramName, Promise<string>>();
  #homes = 0;

  constructor() {
    mkdirSync(join(root, "dist"), { recursive: true });
    this.folder = mkdtempSync(join(root, "dist", "bench-"));
  }

  /** A program, compiled with the flags of a release the first time that it is asked for. */
  program(name: ProgramName): Promise<string> {
    const known = this.#compiled.get(name);
    if (known) return known;
    const outfile = join(this.folder, name);
    const compiling = compile({ entry: join(root, ENTRIES[name]), outfile, commit: "bench" }).then(() => outfile);
    this.#compiled.set(name, compiling);
    return compiling;
  }

  /** A folder of data that nobody has used, and a project. */
  place(): { readonly home: string; readonly cwd: string } {
    const cwd = join(this.folder, `project-${++this.#homes}`);
    const home = join(cwd, "home");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return { home, cwd };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
