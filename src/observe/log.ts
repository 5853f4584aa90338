import type { Clock } from "../base/clock.ts";
import { LOG_LEVELS, type LogLevel } from "../base/log-level.ts";
import { redact } from "../base/redact.ts";
import { printable } from "../base/text.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface LogLine {
  readonly level: Exclude<LogLevel, "off">;
  readonly event: string;
  readonly fields: Fields;
}

interface LogParts {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  readonly clock: Clock;
  readonly write: (text: string) => void;
}

/** One event a line on stderr, lower-case, with fields; secrets are hidden, control characters shown. */
export class Log {
  readonly #parts: LogParts;
  readonly #rank: number;
  readonly #listeners = new Set<(line: LogLine) => void>();

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#rank = LOG_LEVELS.indexOf(parts.level);
  }

  debug(event: string, fields: Fields = {}): void {
    this.#line("debug", event, fields);
  }

  info(event: string, fields: Fields = {}): void {
    this.#line("info", event, fields);
  }

  warn(event: string, fields: Fields = {}): void {
    this.#line("warn", event, fields);
  }

  error(event: string, fields: Fields = {}): void {
    this.#line("error", event, fields);
  }

  /** For a client that asked for the log: it gets every line, whatever stderr shows. */
  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #line(level: LogLine["level"], event: string, fields: Fields): void {
    const shown = LOG_LEVELS.indexOf(level) >= this.#rank;
    if (!shown && this.#listeners.size === 0) return;
    const line = { level, event, fields: redact(fields) as Fields };
    if (shown) this.#parts.write(this.#format(line));
    for (const listener of this.#listeners) listener(line);
  }

  #format({ level, event, fields }: LogLine): string {
    const at = new Date(this.#parts.clock.now()).toISOString();
    if (this.#parts.format === "json") return `${asciiControls(JSON.stringify({ at, level, event, ...fields }))}\n`;
    const words = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) => `${name}=${typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value)}`,
      );
    return `${printable([at, level.padEnd(5), event, ...words].join(" ")).replaceAll("\n", "\\n")}\n`;
  }
}

/** A value that cannot be taken for another field. */
const PLAIN = /^[^\s"=]+$/;

/** JSON leaves DEL and the second row of control characters as they are; terminals obey some of them. */
function asciiControls(json: string): string {
  return json.replace(CONTROL, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

const CONTROL = /[\u007f-\u009f]/g;
