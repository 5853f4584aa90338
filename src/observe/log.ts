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
  #kept: { readonly write: (line: string) => void; readonly who: Fields } | undefined;
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

  /** What stderr shows goes there, too, as JSON, with `who` said it. */
  keepIn(write: (line: string) => void, who: Fields): void {
    this.#kept = { write, who };
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
    if (shown) {
      this.#parts.write(this.#format(line));
      this.#kept?.write(this.#json(line, this.#kept.who));
    }
    for (const listener of this.#listeners) listener(line);
  }

  #format(line: LogLine): string {
    if (this.#parts.format === "json") return this.#json(line, {});
    const { level, event, fields } = line;
    const words = [this.#at(), level.padEnd(5), event, ...fieldsText(fields)].join(" ");
    return `${printable(words).replaceAll("\n", "\\n")}\n`;
  }

  #json({ level, event, fields }: LogLine, who: Fields): string {
    return `${asciiControls(JSON.stringify({ at: this.#at(), level, ...who, event, ...fields }))}\n`;
  }

  #at(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}

export function fieldsText(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value)}`,
    );
}

/** A value that cannot be taken for another field. */
const PLAIN = /^[^\s"=]+$/;

/** JSON leaves DEL and the second row of control characters as they are; terminals obey some of them. */
function asciiControls(json: string): string {
  return json.replace(CONTROL, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

const CONTROL = /[\u007f-\u009f]/g;
