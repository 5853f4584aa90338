// Installs what a Python program needs: wheels alone, since anything else would run somebody's code to be built; in
// a sandbox of its own, which reaches the index and nothing else.
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../base/errors.ts";
import { CODE_PACKAGES_DISK_BYTES, CODE_PACKAGES_MS } from "../../base/limits.ts";
import { redactText } from "../../base/redact.ts";
import { printable } from "../../base/text.ts";
import type { Host } from "../../runtime/runtime.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Python } from "../languages/python.ts";
import { LIMITS_DEFAULT } from "../limits.ts";
import { onPath } from "../on-path.ts";
import type { Outcome, Program } from "../program.ts";
import type { RunFolder } from "../run-folder.ts";
import type { PackageStore } from "./package-store.ts";
import type { Requirement } from "./requirements.ts";

const PYPI = "https://pypi.org/simple";
/** Where an index keeps its files, if not beside itself. */
const FILES_OF: Readonly<Record<string, readonly string[]>> = { "pypi.org": ["files.pythonhosted.org"] };

export class Packages {
  readonly #host: Host;
  readonly #store: PackageStore;
  readonly #run: (program: Program, installer: Interpreter, signal: AbortSignal) => Promise<Outcome>;

  constructor(
    host: Host,
    store: PackageStore,
    run: (program: Program, installer: Interpreter, signal: AbortSignal) => Promise<Outcome>,
  ) {
    this.#host = host;
    this.#store = store;
    this.#run = run;
  }

  /** The folder that a program with these needs reads. */
  async folderFor(python: Python, needs: readonly Requirement[], asked: Program, signal: AbortSignal): Promise<string> {
    const index = asked.index ?? PYPI;
    const about = {
      python: python.version.split(".").slice(0, 2).join("."),
      system: `${this.#host.platform}-${this.#host.arch}`,
      index: withoutSecret(index),
      requirements: needs.map(({ text }) => text),
    };
    const key = createHash("sha256")
      .update(JSON.stringify([about, index]))
      .digest("hex");
    return this.#store.folderOf(key, about, (keep) => this.#install(python, needs, index, asked, keep, signal));
  }

  async #install(
    python: Python,
    needs: readonly Requirement[],
    index: string,
    asked: Program,
    keep: (place: string) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { hosts, readable } = reachOf(index);
    const program: Program = {
      ...asked,
      code: "",
      stdin: "",
      files: {},
      env: {},
      cwd: undefined,
      isReadOnly: false,
      network: hosts.length > 0,
      hosts,
      limits: {
        ...LIMITS_DEFAULT,
        wallMs: CODE_PACKAGES_MS,
        cpuMs: 2 * CODE_PACKAGES_MS,
        diskBytes: CODE_PACKAGES_DISK_BYTES,
      },
    };
    const uv = onPath(this.#host, "uv")[0];
    const installer: Interpreter = {
      readable: [...python.readable, ...readable, ...(uv ? [uv] : [])],
      isRuntime: false,
      code: {},
      // The index may hold a secret, and every account of a machine can read command lines.
      env: {
        PIP_INDEX_URL: index,
        UV_DEFAULT_INDEX: index,
        PIP_CONFIG_FILE: "/dev/null",
        PYTHONDONTWRITEBYTECODE: "1",
      },
      command: ({ work }: RunFolder) => command(python, uv, work, needs),
      collect: ({ work }) => keep(work),
    };
    const outcome = await this.#run(program, installer, signal);
    if (outcome.status !== "completed") throw failure(outcome, needs, index);
  }
}

function command(
  { executable }: Python,
  uv: string | undefined,
  target: string,
  needs: readonly Requirement[],
): [string, ...string[]] {
  // What follows the dashes is no option, whatever it looks like.
  const common = ["--target", target, "--", ...needs.map(({ text }) => text)];
  if (uv)
    return [
      uv,
      "pip",
      "install",
      "--python",
      executable,
      "--only-binary",
      ":all:",
      "--no-config",
      "--no-cache",
      ...common,
    ];
  const quiet = ["--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-warn-script-location"];
  return [
    executable,
    "-I",
    "-m",
    "pip",
    "install",
    "--only-binary=:all:",
    "--retries=1",
    "--timeout=15",
    ...quiet,
    ...common,
  ];
}

/** An index is on the network, or a folder of this machine. */
function reachOf(index: string): { hosts: readonly string[]; readable: readonly string[] } {
  const url = new URL(index);
  // Its files lie beside the folder of its names.
  if (url.protocol === "file:") return { hosts: [], readable: [dirname(fileURLToPath(url))] };
  const port = url.port === "" ? "" : `:${url.port}`;
  return { hosts: [`${url.hostname}${port}`, ...(FILES_OF[url.hostname] ?? [])], readable: [] };
}

const UNREACHABLE =
  /NewConnectionError|Name or service not known|Temporary failure|ProxyError|Tunnel connection failed|Connection refused|ConnectTimeout|ReadTimeout|timed out|error sending request|dns error|HTTP error [45]\d\d|403 Client Error|50[234] Server Error/i;
const NO_INSTALLER = /No module named pip/;
const UNKNOWN =
  /No matching distribution found for ([^\s(]+)|was not found in the package registry|no versions of (\S+)|404 Client Error/i;
const CONFLICT = /ResolutionImpossible|conflicting dependencies|your requirements are unsatisfiable/i;

function failure(
  { status, limit, stdout, stderr, unreached_hosts }: Outcome,
  needs: readonly Requirement[],
  index: string,
): AppError {
  const said = `${stdout}\n${stderr}`;
  const all = needs.map(({ text }) => text).join(", ");
  const place = withoutSecret(index);
  if (status === "timeout" || unreached_hosts || UNREACHABLE.test(said)) {
    return new AppError("unavailable", `cannot install ${all}: the index ${place} cannot be reached`, {
      hint: "Try again when it can; another index is named in policy.yaml, like index: https://…/simple, or a folder as file:///…",
    });
  }
  if (NO_INSTALLER.test(said)) {
    return new AppError("unavailable", `cannot install ${all}: this Python has no pip, and there is no uv`, {
      hint: "Install one with the system's packages, like apt install python3-pip.",
    });
  }
  const unknown = UNKNOWN.exec(said);
  if (CONFLICT.test(said)) {
    return new AppError("conflict", `cannot install ${all}: their needs contradict each other`, {
      hint: "Loosen the versions.",
    });
  }
  if (unknown) {
    const name = unknown[1] ?? unknown[2] ?? all;
    return new AppError("not_found", `cannot install ${printable(name)}: ${place} has no wheel of it for this Python`, {
      hint: "Mind the spelling and the version; what has to be built from source is not installed.",
    });
  }
  const why = limit
    ? `its ${limit} was over`
    : printable(redactText(stderr.trim().split("\n").at(-1) ?? "").slice(0, SHOWN_CHARS));
  return new AppError("unavailable", `cannot install ${all}: ${why || status}`, {
    hint: "Try with fewer packages, or other versions.",
  });
}

function withoutSecret(index: string): string {
  const url = new URL(index);
  url.username = "";
  url.password = "";
  return url.href;
}

const SHOWN_CHARS = 300;
