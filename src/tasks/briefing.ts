// What somebody is told who starts a task: the role, the task, what it builds on, and how to save and finish.
import { isText } from "../artifacts/media-type.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import {
  BRIEFING_NEEDS_MAX,
  BRIEFING_SUMMARY_CHARS_MAX,
  BRIEFING_TEXT_CHARS_MAX,
  DRAFT_TAIL_CHARS,
} from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { type ArtifactRow, readContent, readNewestOfTasks } from "../store/artifacts.ts";
import { readDecisionsOf } from "../store/decisions.ts";
import { type DraftRow, readDraftTail } from "../store/drafts.ts";
import type { Sql } from "../store/sql.ts";
import { readTasksById, type TaskRow } from "../store/tasks.ts";
import type { Claim } from "./claims.ts";
import type { Role } from "./roles/role.ts";
import { rolePrompt, SAVING } from "./roles/role-prompt.ts";
import type { Roles } from "./roles/roles.ts";

export interface BuiltOn {
  id: string;
  title: string;
  status: TaskRow["status"];
  summary?: string;
  decisions?: string[];
  artifacts?: string[];
  /** The whole text, when it was asked for. */
  text?: string;
}

export interface Briefing {
  prompt: string;
  builds_on?: BuiltOn[];
  draft?: { chars: number; next_piece: number; tail: string };
  problems?: string[];
}

export class Briefings {
  readonly #sql: Sql;
  readonly #roles: Roles;
  readonly #clock: Clock;

  constructor(sql: Sql, roles: Roles, clock: Clock) {
    this.#sql = sql;
    this.#roles = roles;
    this.#clock = clock;
  }

  async of(workspace: string, { task, needs, draft: begun }: Claim, isFull: boolean): Promise<Briefing> {
    const [role, buildsOn, draft] = await Promise.all([
      this.#roleOf(workspace, task.role),
      this.#buildsOn(needs, isFull),
      begun && this.#shownDraft(begun),
    ]);
    const { text = "", unknown = [] } = role.role ? rolePrompt(role.role, variables(workspace, task, this.#clock)) : {};
    const problems = [
      ...(role.problem ? [role.problem] : []),
      ...unknown.map((name) => `{{${name}}} in role ${task.role} is no variable that cadre knows`),
    ];
    return {
      prompt: [text, assignment(task), text === "" ? SAVING : "", FINISH].filter((block) => block !== "").join("\n\n"),
      ...(buildsOn.length > 0 ? { builds_on: buildsOn } : {}),
      ...(draft ? { draft } : {}),
      ...(problems.length > 0 ? { problems } : {}),
    };
  }

  /** The same for one who works alone: the role, the work, and what it builds on with its texts. */
  async alone({ task, needs }: Claim): Promise<{ role: string; assignment: string; builds_on: BuiltOn[] }> {
    return { role: task.role, assignment: assignment(task), builds_on: await this.#buildsOn(needs, true) };
  }

  /** A task with a role that is not there can still be worked; whoever works it is told. */
  async #roleOf(workspace: string, word: string): Promise<{ role?: Role; problem?: string }> {
    if (word === "") return {};
    try {
      return { role: await this.#roles.find(workspace, word) };
    } catch (error) {
      if (error instanceof AppError) return { problem: `${error.message}. ${error.hint}` };
      throw error;
    }
  }

  async #buildsOn(needs: readonly string[], isFull: boolean): Promise<BuiltOn[]> {
    const ids = needs.slice(0, BRIEFING_NEEDS_MAX);
    const [tasks, artifacts, decisions] = await Promise.all([
      readTasksById(this.#sql, ids),
      readNewestOfTasks(this.#sql, ids),
      readDecisionsOf(this.#sql, ids),
    ]);
    const byTask = Map.groupBy(artifacts, ({ task_id }) => task_id);
    const decided = Map.groupBy(decisions, ({ task_id }) => task_id);
    const answer: BuiltOn[] = [];
    for (const { id, title, status, summary } of tasks) {
      const own = byTask.get(id) ?? [];
      answer.push({
        id,
        title: clip(title, TITLE_SHOWN_CHARS),
        status,
        ...(summary ? { summary: clip(summary, BRIEFING_SUMMARY_CHARS_MAX) } : {}),
        ...(decided.has(id) ? { decisions: decided.get(id)?.map(({ text }) => text) ?? [] } : {}),
        ...(own.length > 0 ? { artifacts: own.map((artifact) => `cadre://artifact/${artifact.id}`) } : {}),
        ...(isFull && own.length > 0 ? { text: await this.#texts(own) } : {}),
      });
    }
    return answer;
  }

  async #texts(artifacts: readonly ArtifactRow[]): Promise<string> {
    const texts: string[] = [];
    for (const { hash, mime } of artifacts) {
      if (!isText(mime)) continue;
      texts.push(new TextDecoder().decode(await readContent(this.#sql, hash)));
    }
    return clip(texts.join("\n\n"), BRIEFING_TEXT_CHARS_MAX);
  }

  async #shownDraft({ id, chars, next_piece }: DraftRow): Promise<Briefing["draft"]> {
    const tail = (await readDraftTail(this.#sql, id, DRAFT_TAIL_CHARS)).slice(-DRAFT_TAIL_CHARS).toWellFormed();
    return { chars, next_piece, tail };
  }
}

const TITLE_SHOWN_CHARS = 80;

const FINISH =
  "If it cannot be done, task_complete with next blocked and the reason in options.note. Without work, task_complete takes what you have appended.";

function assignment({ title, description, acceptance, note, environment, language }: TaskRow): string {
  const facts = [
    ...(language ? [`Language: ${language}`] : []),
    ...(environment ? [`Runs in: ${environment}`] : []),
    ...(note ? [`Noted before: ${note}`] : []),
  ];
  return [
    `# Task: ${title}`,
    description,
    facts.join("\n"),
    acceptance.length > 0 ? `It is done when:\n${acceptance.map((point) => `- ${point}`).join("\n")}` : "",
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

/** What `{{…}}` in a role may name. */
function variables(workspace: string, task: TaskRow, clock: Clock): Record<string, string> {
  return {
    project: workspace.split(/[\\/]/).findLast((part) => part !== "") ?? workspace,
    workspace,
    task: task.id,
    title: task.title,
    description: task.description,
    language: task.language,
    environment: task.environment,
    today: new Date(clock.now()).toISOString().slice(0, 10),
  };
}
