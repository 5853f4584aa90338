// The file format of an exported workspace: JSON lines, the first says which format, the last how many there
// are, so that a file that was cut off is noticed.
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { idSchema } from "../base/ids.ts";
import { isRecord, parseJson, wellFormed } from "../base/json.ts";
import { PATH_CHARS_MAX, WORD_CHARS_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import { Task } from "./task.ts";

/** Grows when an older cadre could not read the lines. */
export const FORMAT = 1;

const Time = z.number().int().min(0);
const Count = z.number().int().min(0);

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

const TaskLine = z.strictObject({
  kind: z.literal("task"),
  id: Task.shape.id,
  title: Task.shape.title,
  description: Task.shape.description.unwrap(),
  status: Task.shape.status,
  role: Task.shape.role.unwrap(),
  priority: Task.shape.priority,
  tags: Task.shape.tags.unwrap(),
  environment: Task.shape.environment.unwrap(),
  language: Task.shape.language.unwrap(),
  revision: Task.shape.revision,
  created_ms: Time,
  updated_ms: Time,
  archived_ms: Time.nullable(),
});

const NeedLine = z.strictObject({ kind: z.literal("need"), task_id: Task.shape.id, needs_id: Task.shape.id });

const EventLine = z.strictObject({
  kind: z.literal("event"),
  at_ms: Time,
  subject: z.string().min(1).max(WORD_CHARS_MAX),
  type: z.string().min(1).max(WORD_CHARS_MAX),
  data: z.record(z.string(), z.unknown()),
});

const EndLine = z.strictObject({ kind: z.literal("end"), tasks: Count, needs: Count, events: Count });

const Line = z.discriminatedUnion("kind", [WorkspaceLine, TaskLine, NeedLine, EventLine, EndLine]);

type Line = z.infer<typeof Line>;
type EndLine = z.infer<typeof EndLine>;
export type WorkspaceLine = z.infer<typeof WorkspaceLine>;
export type TaskLine = z.infer<typeof TaskLine>;
export type NeedLine = z.infer<typeof NeedLine>;
export type EventLine = z.infer<typeof EventLine>;

export interface WorkspaceFile {
  readonly workspace: WorkspaceLine;
  readonly tasks: readonly TaskLine[];
  readonly needs: readonly NeedLine[];
  readonly events: readonly EventLine[];
}

/** Checks everything that can be told from the lines alone. */
export function parseWorkspace(lines: Iterable<string>): WorkspaceFile {
  let workspace: WorkspaceLine | undefined;
  let end: EndLine | undefined;
  const file = { tasks: [] as TaskLine[], needs: [] as NeedLine[], events: [] as EventLine[] };
  for (const line of linesInOrder(lines)) {
    if (line.kind === "workspace") workspace = line;
    else if (line.kind === "task") file.tasks.push(line);
    else if (line.kind === "need") file.needs.push(line);
    else if (line.kind === "event") file.events.push(line);
    else end = line;
  }
  const { tasks, needs, events } = file;
  const isWhole = end?.tasks === tasks.length && end.needs === needs.length && end.events === events.length;
  if (workspace && isWhole) return { workspace, ...file };
  throw new AppError("invalid_input", "cannot import: the file is not whole", {
    hint: "Export it again; its last line says how many lines there are.",
  });
}

/** What follows the header: the workspace first, the end last, anything between. */
function* linesInOrder(lines: Iterable<string>): Generator<Line> {
  let number = 0;
  let isOver = false;
  for (const text of lines) {
    number++;
    const value = wellFormed(parseJson(text, `line ${number}`));
    if (number === 1) {
      checkHeader(value);
      continue;
    }
    const line = parseLine(value, number);
    const isFirst = line.kind === "workspace";
    if (isOver || isFirst !== (number === 2)) throw badLine(number, `a line of kind ${line.kind} does not belong here`);
    isOver = line.kind === "end";
    yield line;
  }
}

function checkHeader(value: unknown): void {
  const header = HeaderLine.safeParse(value);
  if (!header.success) throw badLine(1, "it is not the first line of an exported workspace");
  if (header.data.format <= FORMAT) return;
  throw new AppError(
    "outdated",
    `cannot import: its format ${header.data.format} is newer than ${FORMAT}, which this cadre knows`,
    {
      hint: "Import it with the newest release of cadre.",
    },
  );
}

function parseLine(value: unknown, number: number): Line {
  const parsed = Line.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const kind =
    isRecord(value) && typeof value["kind"] === "string" ? ` of a ${value["kind"].slice(0, WORD_CHARS_MAX)}` : "";
  throw badLine(number, printable(`${issue?.path.join(".") ?? ""}${kind}: ${issue?.message}`));
}

export function badLine(number: number, problem: string): AppError {
  return new AppError("invalid_input", `cannot import: line ${number}: ${problem}`, {
    hint: "Give a file that cadre db export has written.",
  });
}
