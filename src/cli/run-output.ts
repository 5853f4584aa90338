// What a program prints and comes to, as a terminal shows it: its own output on stdout and stderr while it runs, its
// value on stdout, how it ended on stderr.
import { formatBytes } from "../base/bytes.ts";
import { formatDuration } from "../base/duration.ts";
import { printable } from "../base/text.ts";
import type { Host, Runtime } from "../runtime/runtime.ts";
import type { ExecutionRan } from "../sandbox/execution.ts";
import { painter, render } from "./output.ts";

/** In order, and never faster than whoever reads it. A terminal is not told to do what a program likes. */
export class LiveOutput {
  shown: Promise<void> = Promise.resolve();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  readonly take = (stream: "stdout" | "stderr", piece: string): void => {
    const { host } = this.#runtime;
    const isTerminal = stream === "stdout" ? host.isTerminal.out : host.isTerminal.err;
    const safe = isTerminal ? printable(piece) : piece;
    if (stream === "stderr") this.shown = this.shown.then(() => host.writeErr(safe));
    else this.shown = this.shown.then(() => this.#runtime.writeOut(safe));
  };
}

/** The value on stdout, for whoever reads it; how it ended on stderr. */
export async function showEnd(runtime: Runtime, ran: ExecutionRan, written: readonly string[]): Promise<void> {
  const { host } = runtime;
  const value = shownValue(ran, host);
  if (value !== undefined) await runtime.writeOut(value);
  host.writeErr(failureOf(ran, host) + verdictOf(ran, host) + filesOf(ran, written, host));
}

function shownValue({ columns, rows = [], result }: ExecutionRan, host: Host): string | undefined {
  if (columns) {
    const named = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
    return render({ rows: named }, false, host);
  }
  if (result === undefined) return undefined;
  return `${typeof result === "string" ? printable(result) : JSON.stringify(result, null, 2)}\n`;
}

/** Python and Bash have shown their error themselves. */
function failureOf({ failure, stderr }: ExecutionRan, host: Host): string {
  if (!failure || stderr !== "") return "";
  const line = failure.line === undefined ? "" : ` (line ${failure.line})`;
  const hint = failure.hint === undefined ? "" : `  → ${failure.hint}\n`;
  return `${painter(host, "err")("red", printable(failure.name))} ${printable(failure.message)}${line}\n${hint}`;
}

function verdictOf({ status, limit, exit_code, signal, usage, isolation, ...ran }: ExecutionRan, host: Host): string {
  const paint = painter(host, "err");
  const facts = [
    exit_code ? `exit ${exit_code}` : undefined,
    signal,
    usage && formatDuration(usage.wall_ms),
    usage?.peak_bytes ? formatBytes(usage.peak_bytes) : undefined,
    isolation?.level,
    isolation && `network ${isolation.network}`,
    ...(ran.lowered ?? []).map((what) => `lowered ${what}`),
    ran.truncated ? "output cut" : undefined,
    ran.id,
  ].filter((fact) => fact !== undefined);
  const word = limit ? `${status}: ${limit}` : status;
  return `${paint(status === "completed" ? "green" : "red", word)} ${paint("grey", facts.join(" · "))}\n`;
}

function filesOf({ files = [] }: ExecutionRan, written: readonly string[], host: Host): string {
  if (files.length === 0) return "";
  const grey = (text: string) => painter(host, "err")("grey", text);
  if (written.length > 0) return `${grey("written")} ${printable(written.join(", "))}\n`;
  const names = files.map(({ path, size_bytes }) => `${path} (${formatBytes(size_bytes)})`);
  return `${grey("left; --out FOLDER keeps them:")} ${printable(names.join(", "))}\n`;
}
