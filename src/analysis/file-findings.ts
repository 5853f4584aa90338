import { type Edit, type Finding, fingerprintOf } from "./finding.ts";
import { lineStarts, placeIn } from "./syntax/lines.ts";

/** Another text for what stands between two places. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Found extends Pick<Finding, "rule" | "area" | "message" | "severity" | "help"> {
  readonly start: number;
  readonly end: number;
  readonly confidence?: Finding["confidence"];
  readonly cwe?: readonly number[];
  readonly owasp?: string | undefined;
  readonly flow?: Finding["flow"];
  readonly fix?: readonly Replacement[] | undefined;
  /** What it is about, where that is not what stands there. */
  readonly about?: string;
  /** What is shown of its line, where that is not all of it. */
  readonly snippet?: string;
}

const SNIPPET_CHARS_MAX = 200;
/** Of what is longer, its beginning tells what it is. */
const ABOUT_CHARS_MAX = 1_000;

/** The findings in one file. */
export class FileFindings {
  readonly #path: string;
  readonly #text: string;
  readonly #found: Finding[] = [];
  readonly #seen = new Map<string, number>();
  #starts: Uint32Array | undefined;

  constructor(path: string, text: string, starts?: Uint32Array) {
    this.#path = path;
    this.#text = text;
    this.#starts = starts;
  }

  get all(): readonly Finding[] {
    return this.#found;
  }

  add({ start, end, about, snippet, owasp, flow, fix, cwe = [], confidence = "high", ...more }: Found): void {
    this.#starts ??= lineStarts(this.#text);
    const from = placeIn(this.#starts, start);
    const to = placeIn(this.#starts, end);
    // What stands there, without its spaces, wherever its lines have moved.
    const what = about ?? this.#text.slice(start, Math.min(end, start + ABOUT_CHARS_MAX)).replaceAll(/\s+/g, "");
    const key = `${more.rule} ${what}`;
    const nth = this.#seen.get(key) ?? 0;
    this.#seen.set(key, nth + 1);
    this.#found.push({
      ...more,
      confidence,
      cwe: [...cwe],
      ...(owasp === undefined ? {} : { owasp }),
      path: this.#path,
      line: from.line,
      column: from.column,
      end_line: to.line,
      end_column: to.column,
      snippet: (snippet ?? this.#line(from.line)).trim().slice(0, SNIPPET_CHARS_MAX).toWellFormed(),
      ...(flow ? { flow } : {}),
      ...(fix ? { fix: fix.map((one) => this.#edit(one)) } : {}),
      fingerprint: fingerprintOf(more.rule, this.#path, what, nth),
    });
  }

  #edit({ start, end, text }: Replacement): Edit {
    const starts = this.#starts ?? lineStarts(this.#text);
    const from = placeIn(starts, start);
    const to = placeIn(starts, end);
    const place = { line: from.line, column: from.column, end_line: to.line, end_column: to.column };
    return { ...place, was: this.#text.slice(start, end), text };
  }

  #line(line: number): string {
    return this.#text.slice(this.#starts?.[line - 1], this.#starts?.[line]);
  }
}
