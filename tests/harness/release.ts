import { createHash } from "node:crypto";
import { tarGz } from "../../scripts/release/tar.ts";
import { serveWeb } from "./web.ts";

/** A server of releases on loopback, with one release whose executable is a script that says what it is. */
export interface ReleaseServer extends Disposable {
  readonly from: string;
  readonly files: Map<string, Uint8Array>;
  /** Answers only so many bytes of this file from now on. */
  cut(file: string, bytes: number): void;
}

/** An executable that answers `--version`, and `db check` with this exit code. */
export function program(version: string, dbCheckExit = 0): string {
  return `#!/bin/sh
case "$1" in
  --version) echo "cadre ${version} (test, sh)" ;;
  db) exit ${dbCheckExit} ;;
  *) echo "ran $*" ;;
esac
`;
}

export function releaseServer(
  version: string,
  target: string,
  script: string | Uint8Array = program(version),
): ReleaseServer {
  const archive = tarGz([
    { name: "cadre", bytes: typeof script === "string" ? Buffer.from(script) : script, mode: 0o755 },
  ]);
  const files = new Map<string, Uint8Array>([
    ["VERSION", Buffer.from(`${version}\n`)],
    ["SHA256SUMS", Buffer.from(`${sha(archive)}  cadre-${target}.tar.gz\n`)],
    [`cadre-${target}.tar.gz`, archive],
  ]);
  const cuts = new Map<string, number>();
  const server = serveWeb((request) => {
    const match = /^\/releases\/(?:latest\/download|download\/v([^/]+))\/([^/]+)$/.exec(new URL(request.url).pathname);
    const file = match?.[2] ?? "";
    const bytes = match && (match[1] === undefined || match[1] === version) ? files.get(file) : undefined;
    if (!bytes) return new Response("no such file", { status: 404 });
    const rest = cuts.get(file);
    return new Response(Buffer.from(rest === undefined ? bytes : bytes.subarray(0, rest)));
  });
  return {
    from: `${server.url}/releases`,
    files,
    cut: (file, bytes) => void cuts.set(file, bytes),
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}

function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What releases of this machine are called. */
export const TARGET = `${process.platform}-${process.arch}`;
