// A run as its workflow is written: every step once, with how far it is over all the times that it is done.
import { jsonIn } from "../base/json.ts";
import type { StepRow } from "../store/run-steps.ts";
import { kindOf, listsIn, type Step, type WorkflowFile } from "./workflow-file.ts";

/** How a step stands, over all the times that it is done. */
export const TREE_STATUSES = ["open", "running", "waiting", "completed", "skipped", "failed"] as const;
export type TreeStatus = (typeof TREE_STATUSES)[number];

export interface TreeStep {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  /** How many steps it stands in. */
  readonly depth: number;
  readonly status: TreeStatus;
  /** Of a map, of a step in one, or of one that tells how far it is: how many of how many. */
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** Of what is under way, when the first of it began. */
  readonly since_ms?: number | undefined;
  readonly took_ms?: number | undefined;
}

export function runTree({ steps }: WorkflowFile, rows: readonly StepRow[]): TreeStep[] {
  const known = Map.groupBy(rows, ({ key }) => idIn(key));
  return listOf(steps, known, 0, 1);
}

/** Kinds of what is only a part of a step. */
const PARTS: readonly string[] = ["make", "reply", "use"];

function isWhole({ kind }: StepRow): boolean {
  return !PARTS.includes(kind);
}

/** Of a run that follows no file: its steps as they began. */
export function stepsTree(rows: readonly StepRow[]): TreeStep[] {
  return rows
    .filter(({ kind }) => kind !== "make")
    .map((row) => ({
      id: row.key,
      title: row.key,
      kind: row.kind,
      depth: 0,
      status: statusOf([row], [row]),
      done: row.status === "completed" ? 1 : 0,
      total: 1,
      failed: row.status === "failed" ? 1 : 0,
      ...(row.ended_ms === null ? { since_ms: row.started_ms } : { took_ms: row.ended_ms - row.started_ms }),
    }));
}

function listOf(
  steps: readonly Step[],
  known: ReadonlyMap<string, readonly StepRow[]>,
  depth: number,
  times: number,
): TreeStep[] {
  return steps.flatMap((step) => {
    const own = treeStep(step, known, depth, times);
    const inner = step.map ? itemsOf(known.get(step.id) ?? []) : times;
    return [own, ...listsIn(step).flatMap((list) => listOf(list.steps, known, depth + 1, inner))];
  });
}

function treeStep(step: Step, known: ReadonlyMap<string, readonly StepRow[]>, depth: number, times: number): TreeStep {
  const lists = listsIn(step);
  const rows = (known.get(step.id) ?? []).filter(isWhole);
  const inner = lists.flatMap((list) => listOf(list.steps, known, depth + 1, 1));
  const last = step.map?.steps.at(-1);
  const lastRows = last ? (known.get(last.id) ?? []).filter(isWhole) : rows;
  const total = step.map ? itemsOf(rows) : times;
  const isUnder = ({ status }: StepRow) => status === "running" || status === "waiting";
  const all = known.get(step.id) ?? [];
  // What is made of parts began with the first of them.
  const under = step.agent && rows.length === 0 ? all : rows.filter(isUnder);
  const [row] = rows;
  const began = step.agent ? Math.min(...all.map(({ started_ms }) => started_ms)) : row?.started_ms;
  return {
    id: step.id,
    title: step.title ?? step.id,
    kind: kindOf(step),
    depth,
    status: lists.length > 0 ? blockStatus(rows, inner) : statusOf(rows, all),
    ...(progressOf(rows, total) ?? {
      done: lastRows.filter(({ status }) => status === "completed").length,
      total,
    }),
    failed: rows.filter(({ status }) => status === "failed" || status === "unknown").length,
    ...(under.length > 0 ? { since_ms: Math.min(...under.map(({ started_ms }) => started_ms)) } : {}),
    ...(rows.length === 1 && row?.ended_ms && began !== undefined ? { took_ms: row.ended_ms - began } : {}),
  };
}

/** What the only one that there is has told of itself. */
function progressOf([row]: readonly StepRow[], times: number): { done: number; total: number } | undefined {
  if (times !== 1 || row?.status !== "running") return undefined;
  const { done, total } = (jsonIn(row.about ?? undefined) ?? {}) as { readonly done?: number; readonly total?: number };
  return done === undefined || total === undefined ? undefined : { done, total };
}

/** `each[3].lint` is lint, `each[3].lint.task` too. */
function idIn(key: string): string {
  return (
    key
      .split(/\[\d+\]\./)
      .at(-1)
      ?.split(".")[0] ?? key
  );
}

/** What is under way counts more than what is done, and what failed counts most. */
function statusOf(shown: readonly StepRow[], all: readonly StepRow[]): TreeStatus {
  const has = (...statuses: readonly string[]) => shown.some(({ status }) => statuses.includes(status));
  if (has("failed", "unknown")) return "failed";
  if (has("running")) return "running";
  if (has("waiting")) return "waiting";
  if (shown.length === 0) return all.length > 0 ? "running" : "open";
  return shown.every(({ kind }) => kind === "skip") ? "skipped" : "completed";
}

function blockStatus(own: readonly StepRow[], inner: readonly TreeStep[]): TreeStatus {
  if (own.some(({ kind }) => kind === "skip")) return "skipped";
  const has = (wanted: TreeStatus) => inner.some(({ status }) => status === wanted);
  if (has("running")) return "running";
  if (has("waiting")) return "waiting";
  if (has("failed")) return "failed";
  if (inner.every(({ status }) => status === "open")) return own.length > 0 ? "running" : "open";
  // Of a switch some cases stay open for good.
  return "completed";
}

function itemsOf(rows: readonly StepRow[]): number {
  const counted = rows.find(({ kind, output }) => kind === "map" && output !== null);
  return (jsonIn(counted?.output ?? undefined) as { readonly items?: number } | undefined)?.items ?? 0;
}
