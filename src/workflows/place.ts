import type { Agents } from "../agents/agents.ts";
import type { RunCaller, RunTools } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import type { Json } from "../base/json.ts";
import type { ChildOptions, RunContext, Workflow } from "../runs/workflow.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Expressions } from "./expressions.ts";
import type { Step, StepKind } from "./workflow-file.ts";

/** A workflow that a step runs, ready to be started. */
export interface Begun {
  readonly workflow: Workflow;
  readonly input: Json;
  readonly options: ChildOptions;
}

/** What steps are worked with. */
export interface StepParts {
  readonly tools: RunTools;
  readonly expressions: Expressions;
  readonly tasks: Pick<Tasks, "createForStep">;
  readonly agents: Pick<Agents, "reply">;
  /** Tools of other servers. */
  readonly upstream: Pick<Upstream, "tool" | "call">;
  readonly clock: Clock;
  /** The role as a text for a model. */
  rolePrompt(workspace: string, role: string): Promise<string>;
  /** Whether there is a search of the web that is not a provider's. */
  searchesWeb(): Promise<boolean>;
  /** What a workflow of this id is now, with these inputs. */
  begin(
    workspace: string,
    id: string,
    inputs: Readonly<Record<string, Json>>,
    caller: RunCaller,
  ): Promise<Begun & { readonly version: string }>;
  /** What it was when a run began with it. */
  kept(id: string, version: string): Promise<Workflow>;
}

export interface Around {
  readonly item?: Json;
  readonly index?: number;
  readonly round?: number;
  readonly last?: Json;
}

/** Where a step stands in its run: what it can see, and what it can do from there. */
export interface Place {
  readonly parts: StepParts;
  readonly context: RunContext;
  /** Of the run. */
  readonly workspace: string;
  readonly caller: RunCaller;
  readonly key: string;
  /** A value with its expressions worked out. */
  fill(value: Json): Promise<Json | undefined>;
  /** The same, as it is done in the step itself. */
  fillNow(value: Json, signal: AbortSignal): Promise<Json | undefined>;
  /** What went wrong although the step goes on: `errors.ID` tells it. */
  note(failure: Json): void;
  /** Steps inside this one, and what the last of them came to. `mark` tells apart the times that they are done. */
  steps(list: readonly Step[], mark?: string, around?: Around): Promise<Json | undefined>;
  /** The same, with what the steps have come to in sight. */
  round(list: readonly Step[], mark: string, around: Around, until: string | undefined): Promise<Round>;
}

export interface Round {
  readonly value: Json | undefined;
  readonly isLast: boolean;
}

export type StepWork<K extends StepKind> = (
  own: NonNullable<Step[K]>,
  place: Place,
  step: Step,
) => Promise<Json | undefined>;
