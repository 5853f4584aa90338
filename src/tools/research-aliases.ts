// The names of the earlier research server, with the parameters, the limits and the fields that its callers know.
import { z } from "zod";
import { RUN_NAME_CHARS_MAX, TITLE_CHARS_MAX, URL_CHARS_MAX, WORD_CHARS_MAX } from "../base/limits.ts";
import type { Webhook } from "../events/webhook-shown.ts";
import { toolCall, toolList } from "./gateway.ts";
import { runCancel, runShow, runStart } from "./run.ts";
import { type App, defineAlias, type Tool } from "./tool.ts";
import { workflowList } from "./workflow.ts";

const TASK_CHARS_MAX = 5_000;
const QUERY_CHARS_MAX = 1_000;
const AGENTS_MAX = 20;
const RESEARCH_AGENTS = 8;
const SEARCH_AGENTS = 5;
const AGENT_SECONDS = 180;
const SECONDS_MAX = 86_400;
const TIMES_LONGER = 1.5;
const PRIORITY_MAX = 10;
const NEWEST_PRIORITY = 9;

const Formats = z.array(z.enum(["pdf", "docx", "markdown"])).max(3);
const TYPES = ["text", "image", "video", "news", "academic", "social", "product", "technical", "general"] as const;

/** What both ways to start have in common. */
const common = {
  title: z.string().max(TITLE_CHARS_MAX).optional(),
  provider_name: z
    .string()
    .max(WORD_CHARS_MAX)
    .regex(/^[a-z_]+$/, "expected small letters and _")
    .default("xai")
    .describe("It is asked first; when it has no key, the others are."),
  model: z.string().max(WORD_CHARS_MAX).optional(),
  webhook_url: z
    .string()
    .max(URL_CHARS_MAX)
    .regex(/^https?:\/\//, "expected http://… or https://…")
    .optional(),
  max_concurrent_agents: z.number().int().min(1).max(AGENTS_MAX).default(10),
  parallel_execution: z.boolean().default(true),
  timeout_seconds: z.number().int().min(1).max(SECONDS_MAX).default(AGENT_SECONDS).describe("Of one agent."),
  max_total_cost: z.number().positive().max(10_000).optional().describe("Dollars."),
  priority: z.number().int().min(1).max(PRIORITY_MAX).default(5).describe("The lower, the sooner."),
  idempotency_key: z.string().min(1).max(RUN_NAME_CHARS_MAX).optional(),
};

type Common = z.output<z.ZodObject<typeof common>>;

function startOf(
  workflow: string,
  agents: number,
  own: Record<string, unknown>,
  asked: Common,
): Record<string, unknown> {
  const { provider_name, model, max_concurrent_agents, parallel_execution, timeout_seconds } = asked;
  const { max_total_cost: usd, priority, idempotency_key } = asked;
  return {
    workflow,
    inputs: {
      ...own,
      agents,
      concurrency: parallel_execution ? max_concurrent_agents : 1,
      model: model === undefined ? `${provider_name},smart` : `${provider_name}:${model}`,
    },
    wait: "0s",
    ...(idempotency_key === undefined ? {} : { idempotency_key }),
    options: {
      timeout: `${Math.ceil(agents * timeout_seconds * TIMES_LONGER)}s`,
      priority: Math.min(priority, NEWEST_PRIORITY),
      ...(usd === undefined ? {} : { budget: { usd } }),
    },
  };
}

const orchestrateResearch = tellsInOldWords(
  defineAlias({
    name: "orchestrate_research",
    of: runStart,
    summary: "Has a task researched by agents: workers, a synthesis of five at a time, one of all.",
    input: z.object({
      task: z.string().trim().min(10).max(TASK_CHARS_MAX),
      num_agents: z.number().int().min(1).max(AGENTS_MAX).default(RESEARCH_AGENTS),
      enable_drummer: z.boolean().default(true).describe("Put five results at a time together."),
      enable_camina: z.boolean().default(true).describe("Put all together."),
      generate_documents: z.boolean().default(true),
      document_formats: Formats.default(["markdown"]),
      ...common,
    }),
    translate: ({
      task,
      title,
      num_agents,
      enable_drummer,
      enable_camina,
      generate_documents,
      document_formats,
      ...rest
    }) =>
      startOf(
        "research",
        num_agents,
        {
          task,
          title: title ?? `Research: ${task.slice(0, 50)}`,
          mid_level: enable_drummer,
          executive: enable_camina,
          formats: generate_documents ? document_formats : [],
        },
        rest,
      ),
    oldFields: oldState,
  }),
);

const orchestrateSearch = tellsInOldWords(
  defineAlias({
    name: "orchestrate_search",
    of: runStart,
    summary: "Has a question searched by agents of several kinds at once.",
    input: z.object({
      query: z.string().trim().min(5).max(QUERY_CHARS_MAX),
      num_agents: z.number().int().min(1).max(AGENTS_MAX).default(SEARCH_AGENTS),
      allowed_agent_types: z.array(z.enum(TYPES)).max(TYPES.length).optional(),
      search_depth: z.enum(["quick", "standard", "deep"]).default("standard"),
      combine_results: z.boolean().default(true),
      deduplicate_results: z.boolean().default(true),
      ...common,
    }),
    translate: ({ query, title: _title, num_agents, allowed_agent_types: types, search_depth: depth, ...rest }) =>
      startOf(
        "search",
        num_agents,
        {
          query,
          depth,
          combine: rest.combine_results,
          deduplicate: rest.deduplicate_results,
          ...(types === undefined ? {} : { types }),
        },
        rest,
      ),
    oldFields: oldState,
  }),
);

const task_id = z
  .string()
  .max(WORD_CHARS_MAX)
  .regex(/^[a-z_]+_[a-f0-9]{12}$/, "expected an id like research_0123456789ab");

const getStatus = defineAlias({
  name: "get_orchestration_status",
  of: runShow,
  summary: "How a piece of research stands.",
  input: z.object({ task_id }),
  translate: ({ task_id: id }) => ({ id: newId(id), steps: 0 }),
  oldFields: oldState,
});

const cancel = defineAlias({
  name: "cancel_orchestration",
  of: runCancel,
  summary: "Ends a piece of research, and what is asked of models.",
  input: z.object({ task_id }),
  translate: ({ task_id: id }) => ({ id: newId(id) }),
  oldFields: oldState,
});

const listPatterns = defineAlias({
  name: "list_orchestrator_patterns",
  of: workflowList,
  summary: "The patterns that there are.",
  input: z.object({}),
  translate: () => ({}),
  oldFields: ({ workflows }) => ({
    patterns: (workflows as { id: string; name: string; description: string; required: string[] }[]).map(
      ({ id, name, description, required }) => ({ pattern: id, name, description, required_parameters: required }),
    ),
  }),
});

const listTools = defineAlias({
  name: "list_registered_tools",
  of: toolList,
  summary: "The tools that there are.",
  input: z.object({}),
  translate: () => ({ inputs: true }),
  oldFields: ({ tools }) => ({
    tools: (tools as { summary: string; input?: unknown }[]).map((tool) => ({
      ...tool,
      description: tool.summary,
      input_schema: tool.input,
    })),
  }),
});

const executeTool = defineAlias({
  name: "execute_registered_tool",
  of: toolCall,
  summary: "Calls a tool.",
  input: z.object({ tool_name: z.string().min(1).max(WORD_CHARS_MAX), arguments: z.looseObject({}).optional() }),
  translate: ({ tool_name: name, arguments: input }) => ({ name, ...(input === undefined ? {} : { input }) }),
  oldFields: ({ answer }) => ({ result: answer }),
});

/** Whoever names an address at the start is told as it was told then. */
function tellsInOldWords(tool: Tool): Tool {
  return {
    ...tool,
    run: async (app, input, call) => {
      const url = typeof input["webhook_url"] === "string" ? input["webhook_url"] : undefined;
      const afterSeq = url === undefined ? undefined : await app.webhooks.before(url);
      const answer = await tool.run(app, input, call);
      if (url === undefined) return answer;
      const { id, secret } = await tellInOldWords(app, call.workspace, String(answer["task_id"]), url, afterSeq);
      return { ...answer, webhook: { id, secret } };
    },
  };
}

/** Asked for twice it is one. */
export async function tellInOldWords(
  app: App,
  path: string,
  taskId: string,
  url: string,
  afterSeq?: number,
): Promise<Webhook & { readonly secret?: string }> {
  const workspace = await app.workspaces.find(path);
  const subject = newId(taskId);
  const known = (await app.webhooks.list(workspace?.id)).find(
    (hook) => hook.subject === subject && hook.url === new URL(url).href,
  );
  return known ?? app.webhooks.create(workspace?.id ?? null, { url, types: [], subject, classicId: taskId, afterSeq });
}

/** The id of a run, by the name that it was started under. */
export function newId(id: string): string {
  return id.replace(/^[a-z_]+(?=_[a-f0-9]{12}$)/, "run");
}

/** What was asked of it, and when it was what. */
function oldState(answer: Record<string, unknown>): Record<string, unknown> {
  const { id, workflow, created_ms, started_ms, ended_ms, inputs, spent, output } = answer as {
    id: string;
    workflow: string;
    created_ms?: number;
    started_ms?: number;
    ended_ms?: number;
    inputs?: unknown;
    spent?: { usd: number };
    output?: unknown;
  };
  const seconds = started_ms === undefined || ended_ms === undefined ? undefined : (ended_ms - started_ms) / 1_000;
  return {
    task_id: oldId(id, workflow),
    orchestrator_type: workflow,
    ...timesOf({ created_at: created_ms, started_at: started_ms, completed_at: ended_ms }),
    ...(inputs === undefined ? {} : { config: inputs }),
    ...(seconds === undefined ? {} : { execution_time: seconds }),
    ...(spent === undefined ? {} : { total_cost: spent.usd }),
    ...(output === undefined ? {} : { result: output }),
  };
}

function oldId(id: string, workflow: string): string {
  return id.replace(/^run_/, `${workflow.replace(/[^a-z]+/g, "_")}_`);
}

function timesOf(times: Readonly<Record<string, number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, new Date(ms).toISOString()]])),
  );
}

/** The same under the names that the server gave them over MCP. */
function underMcp(name: string, of: Tool): Tool {
  return { ...of, name };
}

export const researchAliases: readonly Tool[] = [
  orchestrateResearch,
  orchestrateSearch,
  getStatus,
  cancel,
  listPatterns,
  listTools,
  executeTool,
  underMcp("dream_orchestrate_research", orchestrateResearch),
  underMcp("dream_orchestrate_search", orchestrateSearch),
  underMcp("dreamwalker_status", getStatus),
  underMcp("dreamwalker_cancel", cancel),
  underMcp("dreamwalker_patterns", listPatterns),
  underMcp("dreamwalker_list_tools", listTools),
  underMcp("dreamwalker_execute_tool", executeTool),
];
