// What a workflow file may say: inputs, and steps of exactly one kind each.
import { z } from "zod";
import { Duration } from "../base/duration.ts";
import type { Json } from "../base/json.ts";
import {
  AGENT_STEPS_MAX,
  AGENT_TOOLS_MAX,
  CODE_CHARS_MAX,
  LOOP_ROUNDS_MAX,
  MAP_AT_ONCE,
  MAP_AT_ONCE_MAX,
  MODELS_MAX,
  NEEDS_MAX,
  QUEUE_STARTS_MAX,
  REPLY_TOKENS_MAX,
  RUN_NAME_CHARS_MAX,
  STEP_MS_MAX,
  STEP_TRIES_MAX,
  SUMMARY_CHARS_MAX,
  TEMPLATE_PARAMETERS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
  WORKFLOW_BRANCHES_MAX,
  WORKFLOW_STEPS_MAX,
  WORKFLOW_TEXT_CHARS_MAX,
} from "../base/limits.ts";
import { LANGUAGES } from "../sandbox/program.ts";
import { WorkflowInput } from "./workflow-input.ts";

export const STEP_KINDS = [
  "agent",
  "value",
  "tool",
  "code",
  "task",
  "gate",
  "parallel",
  "map",
  "switch",
  "loop",
  "run",
  "sleep",
  "wait",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** A name that expressions can say after a dot. */
const Name = z
  .string()
  .max(WORD_CHARS_MAX)
  .regex(/^[a-z][a-z0-9_]*$/, "expected small letters, digits and _, a letter first");
const Line = z.string().trim().min(1).max(SUMMARY_CHARS_MAX);
const Text = z.string().min(1).max(WORKFLOW_TEXT_CHARS_MAX);
const Span = z
  .string()
  .max(WORD_CHARS_MAX)
  .pipe(Duration)
  .refine((ms) => ms >= 1 && ms <= STEP_MS_MAX, "expected a time from 1ms to 30d");
/** Whatever JSON can say; in its texts `${…}` is worked out. */
const Value = z.json() as z.ZodType<Json>;
const Values = z.record(z.string().min(1).max(WORD_CHARS_MAX), Value);

const Retry = z.strictObject({
  attempts: z.number().int().min(2).max(STEP_TRIES_MAX).describe("Tries in all."),
  first: Span.optional().describe("The longest first pause, 1s if not given; each further one may be twice as long."),
  most: Span.optional().describe("The longest pause of all, 5m if not given."),
});

const ToolStep = z.strictObject({
  name: z.string().min(1).max(WORD_CHARS_MAX).describe("Any tool of cadre."),
  input: Values.optional(),
});

const CodeStep = z.strictObject({
  language: z.enum(LANGUAGES),
  code: z.string().min(1).max(CODE_CHARS_MAX).describe("As it is: what it needs it gets as input, args, env or stdin."),
  input: Value.optional().describe("JavaScript: the global input. SQL: parameters."),
  stdin: Text.optional(),
  options: Values.optional().describe("As code_run takes them: args, env, files, packages, memory, network …"),
});

const TaskStep = z.strictObject({
  title: Text,
  description: Text.optional(),
  role: Text.optional().describe("Specialist, see role_list."),
  acceptance: z.array(Text).max(NEEDS_MAX).optional().describe("What shows that it is done."),
  tags: z.array(Text).max(NEEDS_MAX).optional(),
});

const AgentStep = z.strictObject({
  prompt: Text.describe("What it is to do, with all that it needs to know: it sees nothing else."),
  role: Text.optional().describe("Specialist, see role_list."),
  model: z
    .union([Text, z.array(Text).min(1).max(MODELS_MAX)])
    .optional()
    .describe("fast, balanced, smart, a provider, or provider:model; of a list the first that answers."),
  tools: z
    .union([Text, z.array(Text).max(AGENT_TOOLS_MAX)])
    .optional()
    .describe("Tools of cadre that it may use."),
  output: z.record(z.string(), Value).optional().describe("The form of its result, as a JSON schema."),
  temperature: z.number().min(0).max(2).optional(),
  max_output_tokens: z.number().int().min(1).max(REPLY_TOKENS_MAX).optional(),
  max_steps: z.number().int().min(1).max(AGENT_STEPS_MAX).optional().describe("Answers at most, with its tools."),
  budget: z
    .strictObject({
      usd: z.number().positive().optional(),
      tokens: z.number().int().positive().optional(),
      share: z
        .string()
        .regex(/^(100|[1-9]\d?)%$/, 'expected a part like "80%"')
        .optional()
        .describe("It begins no answer when so much of the run's budget is used up."),
    })
    .optional(),
});

const GateStep = z.strictObject({
  message: Text.describe("What is to be approved."),
  details: Value.optional().describe("What whoever decides should see."),
});

const WaitStep = z.strictObject({
  signal: Text.max(RUN_NAME_CHARS_MAX).describe("Its name, as run_signal says it."),
});

const RunStep = z.strictObject({
  workflow: Text,
  inputs: Values.optional(),
});

const MapStep = z.strictObject({
  over: Text.describe("A list. Each of its entries is item in the steps, its number index."),
  concurrency: z.union([z.number().int().min(1).max(MAP_AT_ONCE_MAX), Text]).default(MAP_AT_ONCE),
  min_success: z
    .union([z.number().int().min(0), z.string().regex(/^(100|\d{1,2})%$/, 'expected a number, or a part like "80%"')], {
      error: 'expected a number, or a part like "80%"',
    })
    .optional()
    .describe("How many must succeed; all of them if it is not given."),
  get steps() {
    return z.array(Step).min(1).max(WORKFLOW_STEPS_MAX);
  },
});

const ParallelStep = z.strictObject({
  concurrency: z.number().int().min(1).max(WORKFLOW_BRANCHES_MAX).optional().describe("1: one after the other."),
  get branches() {
    return z
      .record(Name, z.array(Step).min(1).max(WORKFLOW_STEPS_MAX))
      .refine((branches) => isFew(branches), `expected 1 to ${WORKFLOW_BRANCHES_MAX} branches`);
  },
});

const SwitchStep = z.strictObject({
  on: Text,
  get cases() {
    return z
      .record(z.string().max(TITLE_CHARS_MAX), z.array(Step).min(1).max(WORKFLOW_STEPS_MAX))
      .refine((cases) => isFew(cases), `expected 1 to ${WORKFLOW_BRANCHES_MAX} cases`);
  },
  get default() {
    return z.array(Step).min(1).max(WORKFLOW_STEPS_MAX).optional();
  },
});

const LoopStep = z.strictObject({
  max: z.number().int().min(1).max(LOOP_ROUNDS_MAX).describe("Rounds at most."),
  until: Text.optional().describe("It ends when this is true after a round."),
  min_success: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe("After so many rounds one that fails ends it; without it, it fails the step."),
  get steps() {
    return z.array(Step).min(1).max(WORKFLOW_STEPS_MAX);
  },
});

function isFew(lists: Readonly<Record<string, unknown>>): boolean {
  const { length } = Object.keys(lists);
  return length >= 1 && length <= WORKFLOW_BRANCHES_MAX;
}

export const Step = z.strictObject({
  id: Name,
  title: Line.max(TITLE_CHARS_MAX).optional(),
  when: Text.optional().describe("It is left out unless this is true."),
  needs: z.array(Name).max(NEEDS_MAX).optional().describe("Steps before it in its list; if not given the one before."),
  retry: Retry.optional(),
  timeout: Span.optional(),
  optional: z.boolean().optional().describe("The run goes on when it fails; errors.ID tells why it did."),
  agent: AgentStep.optional(),
  value: Value.optional().describe("Something worked out, to be named by the steps after it."),
  tool: ToolStep.optional(),
  code: CodeStep.optional(),
  task: TaskStep.optional(),
  gate: GateStep.optional(),
  get parallel() {
    return ParallelStep.optional();
  },
  get map() {
    return MapStep.optional();
  },
  get switch() {
    return SwitchStep.optional();
  },
  get loop() {
    return LoopStep.optional();
  },
  run: RunStep.optional(),
  sleep: Text.optional().describe('A time like "30s"; nobody works meanwhile.'),
  wait: WaitStep.optional(),
});
export type Step = z.infer<typeof Step>;

const Queue = z
  .strictObject({
    name: Line.max(WORD_CHARS_MAX).describe("Workflows of one project that name the same queue stand in it together."),
    max: z.number().int().min(1).max(MAP_AT_ONCE_MAX).optional().describe("Runs that are under way at once."),
    rate: z
      .strictObject({ starts: z.number().int().min(1).max(QUEUE_STARTS_MAX), per: Span })
      .optional()
      .describe("Runs that start in a time, like { starts: 10, per: 1m }."),
  })
  .refine(({ max, rate }) => max !== undefined || rate !== undefined, "it needs max, rate or both")
  .describe("Where its runs wait for those before them. What the run that was started last says of it holds.");

export const WorkflowFile = z.strictObject({
  name: z.string().trim().min(1).max(TITLE_CHARS_MAX),
  description: Line.describe("What it is for."),
  aliases: z.array(Line.max(WORD_CHARS_MAX)).max(NEEDS_MAX).optional().describe("Other names of it."),
  inputs: z
    .record(Name, WorkflowInput)
    .refine((inputs) => Object.keys(inputs).length <= TEMPLATE_PARAMETERS_MAX, {
      error: `more than ${TEMPLATE_PARAMETERS_MAX} inputs`,
    })
    .default({}),
  timeout: Span.optional().describe("Of the whole run."),
  priority: z.number().int().min(1).max(9).optional().describe("The lower, the sooner; 5 if not given."),
  queue: Queue.optional(),
  concurrency: z
    .strictObject({
      key: Text.max(WORD_CHARS_MAX).optional().describe("Runs with the same key count together; all if not given."),
      max: z.number().int().min(1).max(MAP_AT_ONCE_MAX),
    })
    .optional()
    .describe("How many runs of it may be under way at once."),
  budget: z
    .strictObject({ usd: z.number().positive().optional(), tokens: z.number().int().positive().optional() })
    .optional()
    .describe("What its agents may spend all together, if whoever starts it does not say."),
  output: Value.optional().describe("What it comes to; if not given what its last step did."),
  steps: z.array(Step).min(1).max(WORKFLOW_STEPS_MAX),
});
export type WorkflowFile = z.infer<typeof WorkflowFile>;

/** What each part of a file may say, for whoever misspells a key. */
export const WORKFLOW_SHAPES = {
  file: WorkflowFile.shape,
  input: WorkflowInput.shape,
  queue: Queue.shape,
  step: Step.shape,
  retry: Retry.shape,
  agent: AgentStep.shape,
  tool: ToolStep.shape,
  code: CodeStep.shape,
  task: TaskStep.shape,
  gate: GateStep.shape,
  parallel: ParallelStep.shape,
  map: MapStep.shape,
  switch: SwitchStep.shape,
  loop: LoopStep.shape,
  run: RunStep.shape,
  wait: WaitStep.shape,
} as const;

/** The kind that a checked step is of. */
export function kindOf(step: Step): StepKind {
  const kind = STEP_KINDS.find((one) => step[one] !== undefined);
  if (!kind) throw new Error(`the step ${step.id} is of no kind`);
  return kind;
}

/** The lists of steps inside a step, with the way to each. */
export function listsIn(step: Step): { readonly path: readonly string[]; readonly steps: readonly Step[] }[] {
  const { parallel, map, switch: choice, loop } = step;
  return [
    ...Object.entries(parallel?.branches ?? {}).map(([name, steps]) => ({
      path: ["parallel", "branches", name],
      steps,
    })),
    ...(map ? [{ path: ["map", "steps"], steps: map.steps }] : []),
    ...Object.entries(choice?.cases ?? {}).map(([name, steps]) => ({ path: ["switch", "cases", name], steps })),
    ...(choice?.default ? [{ path: ["switch", "default"], steps: choice.default }] : []),
    ...(loop ? [{ path: ["loop", "steps"], steps: loop.steps }] : []),
  ];
}
