// An exported workspace as it is read: lines in their order, what was cut into several put together again, and
// nothing that leads out of the file. Invariant: whatever is yielded refers only to what was yielded before it, but
// for the plan that a task is a part of, which may come later and then surely does.
import { AppError } from "../../base/errors.ts";
import { digest } from "../../base/ids.ts";
import { workspaceIdentity } from "../workspaces.ts";
import { FileReferences } from "./file-references.ts";
import {
  type ArtifactLine,
  badLine,
  type ChunkLine,
  COUNTED,
  type CommitLine,
  type ContentLine,
  type Counts,
  type DecisionLine,
  type DraftLine,
  type EventLine,
  type Line,
  type NeedLine,
  type Numbered,
  noCounts,
  type PiecesLine,
  parsedLines,
  type SessionLine,
  type TaskLine,
  type WorkspaceLine,
} from "./workspace-line.ts";

export type DraftEntry = DraftLine & { readonly pieces: readonly string[] };
export type ContentEntry = ContentLine & { readonly bytes: Uint8Array };

export type Entry =
  | WorkspaceLine
  | SessionLine
  | TaskLine
  | NeedLine
  | DraftEntry
  | ContentEntry
  | ArtifactLine
  | DecisionLine
  | CommitLine
  | EventLine;

/** Reads to the end, or throws at the first line that is wrong; holds one draft or one content at a time. */
export function* workspaceEntries(lines: Iterable<string>): Generator<Entry> {
  const references = new FileReferences();
  for (const { line: entry, number } of whole(inOrder(parsedLines(lines)))) {
    if (entry.kind === "workspace") refuseOtherSpelling(entry, number);
    references.add(entry, number);
    yield entry;
  }
}

/** Where each kind of line stands. A content comes anywhere before the first artifact that has it. */
const PLACE: Readonly<Record<Line["kind"], number>> = {
  workspace: 0,
  session: 1,
  task: 2,
  need: 3,
  draft: 4,
  pieces: 4,
  content: 5,
  chunk: 5,
  artifact: 5,
  decision: 6,
  commit: 7,
  event: 8,
  end: 9,
};

const SECOND = 2;

/** The workspace first, the end last and only there. */
function* inOrder(lines: Iterable<Numbered<Line>>): Generator<Numbered<Line>> {
  let last: Numbered<Line> | undefined;
  for (const numbered of lines) {
    const { line, number } = numbered;
    const isFirst = line.kind === "workspace";
    const isEarlier = last !== undefined && PLACE[line.kind] < PLACE[last.line.kind];
    if (isEarlier || isFirst !== (number === SECOND) || last?.line.kind === "end")
      throw badLine(number, `a line of kind ${line.kind} does not belong here`);
    last = numbered;
    yield numbered;
  }
  if (last?.line.kind !== "end") throw badLine((last?.number ?? 1) + 1, "the file is not whole: it has no end");
}

export function count(counts: Counts, entry: Entry): void {
  if (entry.kind === "workspace") return;
  counts[COUNTED[entry.kind]]++;
  if (entry.kind === "draft") counts.pieces += entry.pieces.length;
}

function* whole(lines: Iterable<Numbered<Line>>): Generator<Numbered<Entry>> {
  const counts = noCounts();
  let open: OpenDraft | OpenContent | undefined;
  for (const { line, number } of lines) {
    if (line.kind === "pieces") take(open, OpenDraft, number).add(line, number);
    else if (line.kind === "chunk") take(open, OpenContent, number).add(line, number);
    else if (open) throw badLine(number, `${open.name} before it is not whole`);
    else if (line.kind === "draft") open = new OpenDraft(line);
    else if (line.kind === "content") open = new OpenContent(line);
    else if (line.kind === "end") refuseOtherCounts(line, counts, number);
    else {
      count(counts, line);
      yield { line, number };
    }
    if (!open?.isWhole) continue;
    const entry = open.entry(number);
    open = undefined;
    count(counts, entry);
    yield { line: entry, number };
  }
}

function take<T extends OpenDraft | OpenContent>(
  open: OpenDraft | OpenContent | undefined,
  wanted: new (line: never) => T,
  number: number,
): T {
  if (open instanceof wanted) return open;
  throw badLine(number, "it goes on with something that has not begun or is over");
}

class OpenDraft {
  readonly #line: DraftLine;
  readonly #pieces: string[] = [];
  #chars = 0;

  constructor(line: DraftLine) {
    this.#line = line;
  }

  get name(): string {
    return `the draft ${this.#line.id}`;
  }

  get isWhole(): boolean {
    return this.#pieces.length === this.#line.next_piece - 1;
  }

  add({ draft_id, first, texts }: PiecesLine, number: number): void {
    if (draft_id !== this.#line.id || first !== this.#pieces.length + 1)
      throw badLine(number, `these are not the next pieces of ${this.#line.id}`);
    for (const text of texts) {
      this.#pieces.push(text);
      this.#chars += text.length;
    }
    if (this.#pieces.length >= this.#line.next_piece || this.#chars > this.#line.chars)
      throw badLine(number, `${this.name} has less than that`);
  }

  entry(number: number): DraftEntry {
    if (this.#chars !== this.#line.chars)
      throw badLine(number, `${this.name} has ${this.#line.chars} characters, and ${this.#chars} are here`);
    return { ...this.#line, pieces: this.#pieces };
  }
}

class OpenContent {
  readonly #line: ContentLine;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(line: ContentLine) {
    this.#line = line;
  }

  get name(): string {
    return `the content ${this.#line.hash}`;
  }

  get isWhole(): boolean {
    return this.#bytes === this.#line.size_bytes;
  }

  add({ hash, encoding, data }: ChunkLine, number: number): void {
    if (hash !== this.#line.hash) throw badLine(number, `these are not the next bytes of ${this.#line.hash}`);
    const chunk = Buffer.from(data, encoding);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (chunk.length === 0 || this.#bytes > this.#line.size_bytes)
      throw badLine(number, `${this.name} has ${this.#line.size_bytes} bytes, and these are others`);
  }

  /** What the bytes are called is what they are: nobody brings in other bytes under a known name. */
  entry(number: number): ContentEntry {
    const bytes = Buffer.concat(this.#chunks);
    if (digest(bytes) !== this.#line.hash) throw badLine(number, `these bytes are not ${this.name}`);
    return { ...this.#line, bytes };
  }
}

function refuseOtherSpelling({ path }: WorkspaceLine, number: number): void {
  if (identityOf(path) !== path) throw badLine(number, `${path} is not how cadre writes this path`);
}

function identityOf(path: string): string | undefined {
  try {
    return workspaceIdentity(path);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function refuseOtherCounts(end: Counts, counts: Counts, number: number): void {
  for (const what of Object.keys(counts) as (keyof Counts)[]) {
    if (end[what] !== counts[what])
      throw badLine(number, `the file is not whole: it has ${counts[what]} of ${end[what]} ${what}`);
  }
}
