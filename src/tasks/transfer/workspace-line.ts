// The file format of an exported workspace: JSON lines, the first says which format, the last how many rows there
// are, so that a file that was cut off is noticed. A line is a row as it stands in its table: what is too long for
// one line, a content or a draft, goes on in the lines after it.
import { z } from "zod";
import { AppError } from "../../base/errors.ts";
import { idSchema } from "../../base/ids.ts";
import { isRecord, parseJson, wellFormed } from "../../base/json.ts";
import { ARTIFACT_TYPES, COMPLEXITIES, NEED_KINDS, WORKERS } from "../../base/kinds.ts";
import {
  ACCEPTANCE_CHARS_MAX,
  ACCEPTANCE_MAX,
  ARTIFACT_BYTES_MAX,
  ARTIFACT_FILES_MAX,
  ATTEMPTS_MAX,
  ATTEMPTS_MAX_MAX,
  DESCRIPTION_CHARS_MAX,
  DRAFT_CHARS_MAX,
  DRAFT_PIECE_CHARS_MAX,
  DRAFT_PIECES_MAX,
  EXPORT_LINE_BYTES_MAX,
  PATH_CHARS_MAX,
  PRIORITY_MAX,
  SUMMARY_CHARS_MAX,
  TAGS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../../base/limits.ts";
import { printable } from "../../base/text.ts";
import { SESSION_STATUSES, TASK_STATUSES } from "../../base/transitions.ts";

/** Grows when an older cadre could not read the lines. */
export const FORMAT = 2;

// What stands in a row was trimmed when it was an input. Here nothing is changed, only refused: a row that came in
// as another one would no longer be the same the second time.
const Time = z.number().int().min(0);
const Count = z.number().int().min(0);
const Whole = z.number().int().min(1);
const Word = z.string().max(WORD_CHARS_MAX);
const Title = z.string().max(TITLE_CHARS_MAX);
const Summary = z.string().max(SUMMARY_CHARS_MAX);
const TaskId = idSchema("task");
const Hash = z.string().regex(/^[0-9a-f]{64}$/, "expected the SHA-256 of a content");

const HeaderLine = z.object({
  kind: z.literal("cadre-export"),
  format: z.number().int().min(1),
  cadre: z.string().max(WORD_CHARS_MAX),
  exported_ms: Time,
});

const WorkspaceLine = z.strictObject({
  kind: z.literal("workspace"),
  id: idSchema("workspace"),
  path: z.string().min(1).max(PATH_CHARS_MAX),
  created_ms: Time,
});

const SessionLine = z.strictObject({
  kind: z.literal("session"),
  id: idSchema("session"),
  title: Title,
  status: z.enum(SESSION_STATUSES),
  client: Title,
  created_ms: Time,
  updated_ms: Time,
  closed_ms: Time.nullable(),
});

const TaskLine = z.strictObject({
  kind: z.literal("task"),
  id: TaskId,
  title: Title.min(1),
  description: z.string().max(DESCRIPTION_CHARS_MAX),
  status: z.enum(TASK_STATUSES),
  role: Word,
  priority: z.number().int().min(1).max(PRIORITY_MAX),
  tags: z.array(Word.min(1)).max(TAGS_MAX),
  environment: Word,
  language: Word,
  revision: Whole,
  created_ms: Time,
  updated_ms: Time,
  archived_ms: Time.nullable(),
  session_id: idSchema("session").nullable(),
  parent_id: TaskId.nullable(),
  complexity: z.enum(COMPLEXITIES),
  effort: Word,
  worker: z.enum(WORKERS),
  acceptance: z.array(z.string().min(1).max(ACCEPTANCE_CHARS_MAX)).max(ACCEPTANCE_MAX),
  summary: Summary,
  note: Summary,
  attempts: Count,
  attempts_max: z.number().int().min(1).max(ATTEMPTS_MAX_MAX),
  ready_ms: Time,
});

const NeedLine = z.strictObject({
  kind: z.literal("need"),
  task_id: TaskId,
  needs_id: TaskId,
  /** The edge's own kind: the line's stands under that word. */
  need_kind: z.enum(NEED_KINDS),
  waived: Summary.nullable(),
});

const DraftLine = z.strictObject({
  kind: z.literal("draft"),
  id: idSchema("draft"),
  task_id: TaskId,
  status: z.enum(["open", "used", "set_aside"]),
  next_piece: z
    .number()
    .int()
    .min(1)
    .max(DRAFT_PIECES_MAX + 1),
  chars: z.number().int().min(0).max(DRAFT_CHARS_MAX),
  told_ms: Time,
  created_ms: Time,
  updated_ms: Time,
});

/** Texts of the draft before it, from the piece `first` on. */
const PiecesLine = z.strictObject({
  kind: z.literal("pieces"),
  draft_id: DraftLine.shape.id,
  first: Whole,
  texts: z.array(z.string().max(DRAFT_PIECE_CHARS_MAX)).min(1).max(DRAFT_PIECES_MAX),
});

const ContentLine = z.strictObject({
  kind: z.literal("content"),
  hash: Hash,
  size_bytes: z.number().int().min(0).max(ARTIFACT_BYTES_MAX),
  created_ms: Time,
});

/** The next bytes of the content before it. */
const ChunkLine = z.strictObject({
  kind: z.literal("chunk"),
  hash: Hash,
  encoding: z.enum(["utf-8", "base64"]),
  data: z.string().min(1).max(EXPORT_LINE_BYTES_MAX),
});

const ArtifactLine = z.strictObject({
  kind: z.literal("artifact"),
  id: idSchema("artifact"),
  task_id: TaskId,
  name: Title.min(1),
  version: Whole,
  type: z.enum(ARTIFACT_TYPES),
  mime: Title,
  title: Title,
  files: z.array(z.string().min(1).max(PATH_CHARS_MAX)).max(ARTIFACT_FILES_MAX),
  hash: Hash,
  size_bytes: ContentLine.shape.size_bytes,
  created_ms: Time,
});

const DecisionLine = z.strictObject({
  kind: z.literal("decision"),
  task_id: TaskId,
  text: Summary.min(1),
  created_ms: Time,
});

const CommitLine = z.strictObject({
  kind: z.literal("commit"),
  task_id: TaskId,
  hash: Word.min(1),
  message: Summary,
  author: Title,
  linked_ms: Time,
});

const EventLine = z.strictObject({
  kind: z.literal("event"),
  at_ms: Time,
  subject: Word.min(1),
  type: Word.min(1),
  data: z.record(z.string(), z.unknown()),
});

const EndLine = z.strictObject({
  kind: z.literal("end"),
  sessions: Count,
  tasks: Count,
  needs: Count,
  drafts: Count,
  pieces: Count,
  contents: Count,
  artifacts: Count,
  decisions: Count,
  commits: Count,
  events: Count,
});

const Line = z.discriminatedUnion("kind", [
  WorkspaceLine,
  SessionLine,
  TaskLine,
  NeedLine,
  DraftLine,
  PiecesLine,
  ContentLine,
  ChunkLine,
  ArtifactLine,
  DecisionLine,
  CommitLine,
  EventLine,
  EndLine,
]);

export type Line = z.infer<typeof Line>;
export type WorkspaceLine = z.infer<typeof WorkspaceLine>;
export type SessionLine = z.infer<typeof SessionLine>;
export type TaskLine = z.infer<typeof TaskLine>;
export type NeedLine = z.infer<typeof NeedLine>;
export type DraftLine = z.infer<typeof DraftLine>;
export type PiecesLine = z.infer<typeof PiecesLine>;
export type ContentLine = z.infer<typeof ContentLine>;
export type ChunkLine = z.infer<typeof ChunkLine>;
export type ArtifactLine = z.infer<typeof ArtifactLine>;
export type DecisionLine = z.infer<typeof DecisionLine>;
export type CommitLine = z.infer<typeof CommitLine>;
export type EventLine = z.infer<typeof EventLine>;

/** How many rows of each kind. */
export type Counts = Omit<z.infer<typeof EndLine>, "kind">;

/** Where a row of each kind is counted. */
export const COUNTED = {
  session: "sessions",
  task: "tasks",
  need: "needs",
  draft: "drafts",
  content: "contents",
  artifact: "artifacts",
  decision: "decisions",
  commit: "commits",
  event: "events",
} as const satisfies Partial<Record<Line["kind"], keyof Counts>>;

export function noCounts(): Counts {
  return {
    sessions: 0,
    tasks: 0,
    needs: 0,
    drafts: 0,
    pieces: 0,
    contents: 0,
    artifacts: 0,
    decisions: 0,
    commits: 0,
    events: 0,
  };
}

const TaskOfFormat1 = TaskLine.omit({
  session_id: true,
  parent_id: true,
  complexity: true,
  effort: true,
  worker: true,
  acceptance: true,
  summary: true,
  note: true,
  attempts: true,
  attempts_max: true,
  ready_ms: true,
});

/** What the migration of that time has given to the tasks that were there. */
const SINCE_FORMAT_1: Omit<TaskLine, keyof z.infer<typeof TaskOfFormat1>> = {
  session_id: null,
  parent_id: null,
  complexity: "moderate",
  effort: "",
  worker: "client",
  acceptance: [],
  summary: "",
  note: "",
  attempts: 0,
  attempts_max: ATTEMPTS_MAX,
  ready_ms: 0,
};

const LineOfFormat1 = z.discriminatedUnion("kind", [
  WorkspaceLine,
  TaskOfFormat1.transform((line) => ({ ...line, ...SINCE_FORMAT_1 })),
  NeedLine.omit({ need_kind: true, waived: true }).transform((line) => ({
    ...line,
    need_kind: "completion" as const,
    waived: null,
  })),
  EventLine,
  EndLine.pick({ kind: true, tasks: true, needs: true, events: true }).transform((line) => ({
    ...noCounts(),
    ...line,
  })),
]);

const FORMATS: Readonly<Record<number, z.ZodType<Line>>> = { 1: LineOfFormat1, 2: Line };

/** A line as it was read, with its number for whoever finds fault with it. */
export interface Numbered<T> {
  readonly line: T;
  readonly number: number;
}

/** Every line after the first, each checked by itself. */
export function* parsedLines(lines: Iterable<string>): Generator<Numbered<Line>> {
  let number = 0;
  let schema: z.ZodType<Line> = Line;
  for (const text of lines) {
    const value = jsonOf(text, ++number);
    if (number === 1) schema = schemaOf(value);
    else yield { line: parseLine(schema, value, number), number };
  }
  if (number === 0) throw badLine(1, "the file is empty");
}

function jsonOf(text: string, number: number): unknown {
  try {
    return wellFormed(parseJson(text, "it"));
  } catch (cause) {
    throw badLine(number, "it is not valid JSON, or nested too deeply", cause);
  }
}

function schemaOf(value: unknown): z.ZodType<Line> {
  const header = HeaderLine.safeParse(value);
  if (!header.success) throw badLine(1, "it is not the first line of an exported workspace");
  const known = FORMATS[header.data.format];
  if (known) return known;
  throw new AppError(
    "outdated",
    `cannot import: its format ${header.data.format} is newer than ${FORMAT}, which this cadre knows`,
    {
      hint: "Import it with the newest release of cadre.",
    },
  );
}

function parseLine(schema: z.ZodType<Line>, value: unknown, number: number): Line {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const kind =
    isRecord(value) && typeof value["kind"] === "string" ? ` of a ${value["kind"].slice(0, WORD_CHARS_MAX)}` : "";
  throw badLine(number, printable(`${issue?.path.join(".") ?? ""}${kind}: ${issue?.message}`));
}

export function badLine(number: number, problem: string, cause?: unknown): AppError {
  return new AppError("invalid_input", `cannot import: line ${number}: ${problem}`, {
    hint: "Give a file that cadre db export has written.",
    ...(cause === undefined ? {} : { cause }),
  });
}
