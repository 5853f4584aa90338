// Puts together what came of a plan. Invariant: what is missing is named, at the top and in its place; nothing is
// made up, and the words of the result are left to whoever asked.
import { AppError } from "../base/errors.ts";
import { SYNTHESIS_CHARS_MAX, SYNTHESIS_SUMMARY_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { type ArtifactRow, readNewestOfTasks } from "../store/artifacts.ts";
import { type DecisionRow, readDecisionsOf } from "../store/decisions.ts";
import { readChildren } from "../store/ready.ts";
import type { Sql } from "../store/sql.ts";
import { readNeeds, readPlans, readTask, type TaskRow } from "../store/tasks.ts";
import { type Progress, shownProgress } from "./completion.ts";
import { topologicalOrder } from "./plan-order.ts";
import { noTask } from "./task-errors.ts";

export interface Synthesis {
  readonly plan: Progress;
  readonly isComplete: boolean;
  /** Parts of which there is no result, and why. */
  readonly missing: readonly { readonly id: string; readonly title: string; readonly why: string }[];
  /** Markdown. */
  readonly document: string;
}

/** The sections that every result has, and which tasks fill them: by tag or by role. */
const SECTIONS = [
  { title: "Integration", words: ["integration", "integrate", "testing", "test", "tests"], roles: ["tester"] },
  { title: "Documentation", words: ["documentation", "docs", "document"], roles: ["documenter"] },
  { title: "Performance", words: ["performance", "benchmark", "optimization", "optimisation"], roles: [] },
  { title: "Deployment", words: ["deployment", "deploy", "release", "operations"], roles: ["devops"] },
] as const;

export async function synthesize(sql: Sql, workspaceId: string, planId: string | undefined): Promise<Synthesis> {
  const plan = planId === undefined ? await onlyPlan(sql, workspaceId) : await readTask(sql, planId);
  if (!plan || plan.archived_ms !== null) throw noTask(planId ?? "");
  const parts = await readChildren(sql, plan.id);
  if (parts.length === 0) {
    throw new AppError("conflict", `cannot put ${plan.id} together: it is no plan, it has no tasks of its own`, {
      hint: plan.parent_id
        ? `It is a part of ${plan.parent_id}: give that.`
        : "Give the id of a plan that task_plan made.",
    });
  }
  const ids = parts.map(({ id }) => id);
  const [edges, artifacts, decisions] = await Promise.all([
    readNeeds(sql, ids),
    readNewestOfTasks(sql, ids),
    readDecisionsOf(sql, ids),
  ]);
  const byId = new Map(parts.map((part) => [part.id, part]));
  const waiting = edges.filter(({ kind }) => kind !== "related");
  const ordered = topologicalOrder(ids, waiting).flatMap((id) => byId.get(id) ?? []);
  const missing = ordered.flatMap((part) => {
    const why = whyMissing(part);
    return why === undefined ? [] : [{ id: part.id, title: part.title, why }];
  });
  const counts = Object.fromEntries(
    [...Map.groupBy(parts, ({ status }) => status)].map(([status, { length }]) => [status, length]),
  );
  const progress = shownProgress(plan, counts);
  return {
    plan: progress,
    isComplete: missing.length === 0,
    missing,
    document: write({ plan, parts: ordered, missing, progress, artifacts, decisions }),
  };
}

async function onlyPlan(sql: Sql, workspaceId: string): Promise<TaskRow> {
  const [plan, second] = await readPlans(sql, workspaceId, 2);
  if (plan && !second) return plan;
  throw new AppError(
    second ? "conflict" : "not_found",
    second ? "cannot choose a plan: several are open" : "cannot put anything together: no plan is open",
    {
      hint: second
        ? `Give task; the newest is ${plan?.id} (${clip(plan?.title ?? "", 60)}).`
        : "Make one with task_plan, or give the id of a finished one in task.",
    },
  );
}

/** Undefined for what is there, and for what was given up on purpose. */
function whyMissing({ status, note }: TaskRow): string | undefined {
  if (status === "completed") return undefined;
  return note ? `${status}: ${note}` : status;
}

interface Material {
  readonly plan: TaskRow;
  readonly parts: readonly TaskRow[];
  readonly missing: Synthesis["missing"];
  readonly progress: Progress;
  readonly artifacts: readonly ArtifactRow[];
  readonly decisions: readonly DecisionRow[];
}

function write(material: Material): string {
  const { plan, parts, missing, progress, decisions } = material;
  const artifacts = Map.groupBy(material.artifacts, ({ task_id }) => task_id);
  const done = parts.filter(({ status }) => status === "completed");
  const charsEach = Math.max(
    SUMMARY_CHARS_MIN,
    Math.min(SYNTHESIS_SUMMARY_CHARS_MAX, Math.floor(SYNTHESIS_CHARS_MAX / Math.max(1, done.length * 2))),
  );
  const result = (part: TaskRow) => shownResult(part, artifacts.get(part.id) ?? [], charsEach);
  const blocks = [
    `# ${plan.title}`,
    ...(plan.description ? [clip(plan.description, SYNTHESIS_SUMMARY_CHARS_MAX)] : []),
    `${progress.completed} of ${progress.total} tasks are completed.`,
    ...(missing.length > 0
      ? [
          `## Missing\n\nThis is partial. There is no result of:\n\n${missing.map(({ id, title, why }) => `- ${title} (${id}): ${clip(why, WHY_CHARS)}`).join("\n")}`,
        ]
      : []),
    ...(decisions.length > 0 ? [`## Decisions\n\n${decisions.map(({ text }) => `- ${text}`).join("\n")}`] : []),
    `## Results\n\n${done.length > 0 ? done.map(result).join("\n\n") : "None yet."}`,
    ...SECTIONS.map((section) => `## ${section.title}\n\n${sectionText(section, parts)}`),
  ];
  return clip(`${blocks.join("\n\n")}\n`, SYNTHESIS_CHARS_MAX);
}

const SUMMARY_CHARS_MIN = 80;
const WHY_CHARS = 200;

function shownResult(part: TaskRow, artifacts: readonly ArtifactRow[], charsMax: number): string {
  const links = artifacts.map(({ id, name, type }) => `[${name} (${type})](cadre://artifact/${id})`);
  const text = part.summary ? clip(part.summary, charsMax) : "No summary was given.";
  return `### ${part.title}\n\n${text}${links.length > 0 ? `\n\n${links.join(", ")}` : ""}`;
}

/** The results stand above; a section says which of them it is about, and which are still to come. */
function sectionText({ words, roles }: (typeof SECTIONS)[number], parts: readonly TaskRow[]): string {
  const own = parts.filter(
    ({ tags, role }) =>
      (roles as readonly string[]).includes(role) ||
      tags.some((tag) => (words as readonly string[]).includes(tag.toLowerCase())),
  );
  if (own.length === 0) return "Empty: the plan has no task of this kind.";
  return own
    .map(({ id, title, status, summary }) =>
      status === "completed"
        ? `- ${title}: ${clip(summary.split("\n")[0] ?? "", WHY_CHARS) || "no summary was given"}`
        : `- ${title} (${id}): ${status}, nothing to build on yet`,
    )
    .join("\n");
}
