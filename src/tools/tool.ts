import type { z } from "zod";
import type { Agents } from "../agents/agents.ts";
import type { Analyzer } from "../analysis/analyzer.ts";
import type { Scans } from "../analysis/scans.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { Mirror } from "../artifacts/mirror.ts";
import type { Agent } from "../base/agent.ts";
import type { NestedTools } from "../base/call-tool.ts";
import type { Ask } from "../base/question.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import type { Documents } from "../documents/documents.ts";
import type { Feed } from "../events/feed.ts";
import type { Webhooks } from "../events/webhooks.ts";
import type { Cluster } from "../runs/cluster.ts";
import type { Executions } from "../sandbox/executions.ts";
import type { Briefings } from "../tasks/briefing.ts";
import type { Claims } from "../tasks/claims.ts";
import type { Completion } from "../tasks/completion.ts";
import type { Drafts } from "../tasks/drafts.ts";
import type { Overview } from "../tasks/overview.ts";
import type { Plans } from "../tasks/plans.ts";
import type { Roles } from "../tasks/roles/roles.ts";
import type { Sessions } from "../tasks/sessions.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Templates } from "../tasks/templates/templates.ts";
import type { WordSearch } from "../tasks/word-search.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Citations } from "../web/citations.ts";
import type { Pages } from "../web/pages.ts";
import type { WebSearch } from "../web/search.ts";
import type { Schedules } from "../workflows/schedules.ts";
import type { RunFiles } from "../workflows/transfer/run-files.ts";
import type { WorkflowLibrary } from "../workflows/workflow-library.ts";
import type { WorkflowRuns } from "../workflows/workflow-runs.ts";
import type { Filter } from "./filter.ts";
import { parseInput } from "./parse-input.ts";

/** What handlers may reach. */
export interface App {
  readonly agents: Agents;
  readonly analyzer: Analyzer;
  readonly artifacts: Artifacts;
  readonly briefings: Briefings;
  readonly claims: Claims;
  readonly cluster: Cluster;
  readonly citations: Citations;
  readonly completion: Completion;
  readonly documents: Documents;
  readonly drafts: Drafts;
  readonly executions: Executions;
  readonly feed: Feed;
  readonly mirror: Mirror;
  readonly overview: Overview;
  readonly pages: Pages;
  readonly plans: Plans;
  readonly roles: Roles;
  readonly runFiles: RunFiles;
  readonly scans: Scans;
  readonly schedules: Schedules;
  readonly search: WordSearch;
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly templates: Templates;
  readonly upstream: Upstream;
  readonly webSearch: WebSearch;
  readonly webhooks: Webhooks;
  readonly workflowRuns: WorkflowRuns;
  readonly workflows: WorkflowLibrary;
  readonly workspaces: Workspaces;
}

/** The circumstances of one call, the same whatever face it came through. */
export interface Call {
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly face: Face;
  /** The project folder that the call is about, unless its input names another. */
  readonly workspace: string;
  /** How it was found. */
  readonly workspaceFrom: WorkspaceSource;
  /** Who holds the tasks that the call starts. */
  readonly agent: Agent;
  /** Which tools whoever calls may call. */
  readonly filter?: Filter | undefined;
  /** How many calls this one stands in; left out for none. */
  readonly depth?: number | undefined;
  /** In how many runs; left out for none. */
  readonly runs?: number | undefined;
  /** The tools that its caller may call, old names too. */
  readonly allowed?: (() => readonly Tool[]) | undefined;
  /** Tools that it may call in its turn: those that read, and those that it names. */
  readonly nested?: ((named: readonly string[]) => NestedTools) | undefined;
  readonly signal: AbortSignal;
  /** Tells the caller how far the work is, when it asked to know. */
  progress(done: number, total?: number, message?: string): void;
  /** Asks whoever sits at the client, where there is somebody. */
  readonly ask?: Ask | undefined;
  /** What an earlier call with the same input has begun, which asked something. */
  readonly resumed?: string | undefined;
  /** Hears what a program prints, as it comes: for a face that can show it. */
  readonly onOutput?: ((stream: "stdout" | "stderr", text: string) => void) | undefined;
}

export type Face = "mcp" | "rest" | "cli" | "run";
export type Effect = "read" | "write" | "destroy";
export const TOOLSETS = ["session", "task", "code", "history", "runs", "agents", "admin", "classic"] as const;
export type Toolset = (typeof TOOLSETS)[number];

interface Spec<In extends z.ZodObject, Out extends z.ZodObject> {
  /** noun_verb: REST and the CLI follow from it: task_show → GET /v1/task/show, `cadre task show`. */
  readonly name: string;
  readonly title: string;
  /** Tells a model when to use the tool and what comes back, in two sentences at most. */
  readonly summary: string;
  /** Decides the HTTP method, the MCP annotations, and what --read-only leaves. */
  readonly effect: Effect;
  /** The same call twice changes no more than once. */
  readonly isIdempotent?: boolean;
  /** It shows what lies in the project's files: over HTTP not to everybody on the machine. */
  readonly showsFiles?: boolean;
  readonly toolset: Toolset;
  readonly input: In;
  readonly output: Out;
  /** Input keys that the CLI takes by position, in order. */
  readonly positional?: readonly (keyof z.output<In> & string)[];
  /** How long a call with this input may take, where that is longer than calls may take. */
  timeLimitMs?(input: z.output<In>): number;
  /** Pictures that a client can show beside the answer. */
  images?(app: App, answer: z.output<Out>): Promise<Picture[]>;
  run(app: App, input: z.output<In>, call: Call): Promise<z.input<Out>>;
}

export interface Picture {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export interface Tool extends Omit<Spec<z.ZodObject, z.ZodObject>, "positional"> {
  readonly positional: readonly string[];
  /** For an old name: the tool that it stands for. */
  readonly aliasOf?: Tool;
}

/** Checks a declaration against its own schemas, then forgets their exact types, so that tools fit one table. */
export function defineTool<In extends z.ZodObject, Out extends z.ZodObject>(spec: Spec<In, Out>): Tool {
  return { positional: [], ...spec } as unknown as Tool;
}

interface Alias<In extends z.ZodObject> {
  readonly name: string;
  readonly of: Tool;
  readonly summary: string;
  /** The old parameters. */
  readonly input: In;
  /** The new input for the old one. */
  translate(input: z.output<In>): Record<string, unknown>;
  /** The old fields, which stand beside the new ones in the answer. */
  oldFields?(answer: Record<string, unknown>, input: z.output<In>): Record<string, unknown>;
  /** What it gave that another call has to be asked for. */
  more?(app: App, old: z.output<In>, call: Call, answer: Record<string, unknown>): Promise<Record<string, unknown>>;
}

/** An old name: callable with its old parameters, whether or not it is listed. */
export function defineAlias<In extends z.ZodObject>(alias: Alias<In>): Tool {
  const { of, name, summary, input } = alias;
  return {
    name,
    title: `${of.title} (old name)`,
    summary: `${summary} Same as ${of.name}.`,
    effect: of.effect,
    toolset: "classic",
    ...(of.showsFiles ? { showsFiles: true } : {}),
    input,
    output: of.output.loose(),
    positional: [],
    aliasOf: of,
    ...(of.images ? { images: of.images } : {}),
    ...(of.timeLimitMs
      ? {
          timeLimitMs: (old) =>
            of.timeLimitMs?.(parseInput({ name, input }, alias.translate(old as z.output<In>), of.input)) ?? 0,
        }
      : {}),
    run: async (app, old, call) => {
      const typed = old as z.output<In>;
      const answer = await of.run(app, parseInput({ name, input }, alias.translate(typed), of.input), call);
      const more = await alias.more?.(app, typed, call, answer);
      return { ...answer, ...alias.oldFields?.(answer, typed), ...more };
    },
  };
}
