// Pyodide: a Python in WebAssembly, for machines without one. It is fetched once, when somebody says so, and is checked
// against the digest below. It is no wall: it runs confined like every interpreter.
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { deadline } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { PYODIDE_ARCHIVE_BYTES_MAX, PYODIDE_BYTES_MAX, PYODIDE_FETCH_MS } from "../../base/limits.ts";
import { untar } from "./untar.ts";

export interface PyodideRelease {
  readonly version: string;
  readonly url: string;
  readonly sha512: string;
}

const PYODIDE: PyodideRelease = {
  version: "314.0.7",
  url: "https://registry.npmjs.org/pyodide/-/pyodide-314.0.7.tgz",
  sha512: "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A==",
};

/** What it needs to run; the rest of the archive is for browsers and editors. */
const FILES = [
  "package.json",
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide.asm.wasm",
  "pyodide-lock.json",
  "python_stdlib.zip",
];

export class Pyodide {
  readonly folder: string;
  readonly #release: PyodideRelease;

  constructor(packageFolder: string, release = PYODIDE) {
    this.folder = join(packageFolder, `pyodide-${release.version}`);
    this.#release = release;
  }

  get isThere(): boolean {
    return existsSync(this.folder);
  }

  /** From an address or a file; by itself from the registry of npm. Answers how many bytes it takes. */
  async fetch(from = this.#release.url): Promise<number> {
    const archive = /^https?:/.test(from) ? await download(from) : read(from);
    if (createHash("sha512").update(archive).digest("base64") !== this.#release.sha512) {
      throw new AppError("forbidden", `cannot use what ${from} holds: it is not Pyodide ${this.#release.version}`, {
        hint: `cadre takes exactly ${this.#release.url}, checked by its digest.`,
      });
    }
    const files = untar(gunzipSync(archive, { maxOutputLength: PYODIDE_BYTES_MAX }));
    return this.#keep(files);
  }

  /** Whole, or not at all. */
  #keep(files: ReadonlyMap<string, Uint8Array>): number {
    mkdirSync(dirname(this.folder), { recursive: true, mode: 0o700 });
    const draft = mkdtempSync(join(dirname(this.folder), "draft-"));
    let bytes = 0;
    try {
      for (const name of FILES) {
        const content = files.get(`package/${name}`);
        if (!content) continue; // The digest says what there is.
        writeFileSync(join(draft, name), content);
        bytes += content.length;
      }
      chmodSync(draft, 0o755); // Programs run as other users read it.
      rmSync(this.folder, { recursive: true, force: true });
      renameSync(draft, this.folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return bytes;
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new AppError("not_found", `cannot read ${path}`, { hint: "Give the path of the archive.", cause });
  }
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: deadline(PYODIDE_FETCH_MS) });
    if (!response.ok || !response.body) throw new Error(`it answered ${response.status}`);
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of response.body) {
      bytes += piece.length;
      if (bytes > PYODIDE_ARCHIVE_BYTES_MAX) throw new Error("it is too large");
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("unavailable", `cannot fetch Pyodide from ${url}: ${why}`, {
      hint: "Fetch the file where that can be reached, and give its path: cadre code fetch pyodide --from FILE.",
      cause,
    });
  }
}
