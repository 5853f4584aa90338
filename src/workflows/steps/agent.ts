// Work for a model with tools. Each of its answers and each use of a tool is a step of its own: whatever stops the run,
// nothing that was paid for is asked for again.

import type { ModelTool, ToolAnswer, ToolCall } from "../../agents/model-client.ts";
import type { Reply } from "../../agents/replies.ts";
import { setAlarm } from "../../base/alarm.ts";
import { AppError, toAppError } from "../../base/errors.ts";
import { isRecord, type Json } from "../../base/json.ts";
import { type JsonForm, jsonInText } from "../../base/json-form.ts";
import { AGENT_MS, AGENT_STEPS, REPLY_TRIES } from "../../base/limits.ts";
import { didYouMean } from "../../base/text.ts";
import type { UpstreamTool } from "../../upstream/upstream.ts";
import { readable, systemPrompt, toolText } from "../agent/agent-prompt.ts";
import { type AgentResult, AgentTalk } from "../agent/agent-talk.ts";
import { askedModels } from "../agent/asked-models.ts";
import { isOthers } from "../others-tool.ts";
import type { Place, StepWork } from "../place.ts";
import type { Step } from "../workflow-file.ts";
import { modifiers } from "./modifiers.ts";
import { taskRefusal } from "./task.ts";

type Own = NonNullable<Step["agent"]>;

export const agent: StepWork<"agent"> = (own, place, step) =>
  place.caller.executor === "client" ? handOver(own, place, step) : work(own, place, step);

/** What is asked, with its expressions worked out. */
interface Asked {
  readonly role?: string;
  readonly prompt: string;
  readonly model?: Json;
  readonly tools?: Json;
}

interface Begun {
  readonly at_ms: number;
  readonly system: string;
  /** Tools of other servers, as they were when it began. */
  readonly others: readonly UpstreamTool[];
  /** The web is searched by the provider: the user has no search of their own. */
  readonly searches?: "provider";
}

async function work(own: Own, place: Place, step: Step): Promise<Json> {
  const { context, key } = place;
  const { output: form, ...sayable } = own;
  const asked = (await place.fill(sayable as Json)) as unknown as Asked;
  const names = namesIn(asked.tools);
  const begun = (await context.step(`${key}.begin`, () => begin(asked, names, form, place), {
    kind: "make",
  })) as unknown as Begun;
  const talk = new AgentTalk({
    system: begun.system,
    prompt: readable(String(asked.prompt)),
    tools: names.map((name) => modelTool(name, place, begun)),
    form,
  });
  const { max_steps: most = AGENT_STEPS, budget = {} } = own;
  const untilMs = begun.at_ms + (step.timeout ?? AGENT_MS);
  for (let n = 1; n <= most; n++) {
    const isSpent = talk.tokens >= (budget.tokens ?? Infinity) || talk.cost >= (budget.usd ?? Infinity);
    const reply = await ask({ own, asked, place, step, talk, n, isLast: n === most || isSpent, untilMs });
    const taken = talk.take(reply);
    if ("result" in taken) return context.step(key, async () => taken.result as unknown as Json, { kind: "agent" });
    if (taken.calls.length > 0) talk.answer(await useTools(taken.calls, { names, others: begun.others, place }, n));
    if (isSpent) break;
  }
  const failure = new AppError("failed", `the agent ${key} came to no result within ${most} answers`, {
    hint: "Give it more max_steps or more budget, or ask for less.",
  });
  return context.step(key, () => Promise.reject(failure), { kind: "agent" });
}

async function begin(
  asked: Asked,
  names: readonly string[],
  form: JsonForm | undefined,
  { parts, workspace }: Place,
): Promise<Json> {
  for (const name of names.filter((one) => !isOthers(one))) {
    if (parts.tools.facts(name)) continue;
    throw new AppError("not_found", `no tool ${name} for an agent`, {
      hint: didYouMean(name, [...parts.tools.names()], "cadre --help lists the tools."),
    });
  }
  const others = await Promise.all(names.filter(isOthers).map((name) => parts.upstream.tool(name)));
  const now = parts.clock.now();
  const role = asked.role ? await parts.rolePrompt(workspace, asked.role) : undefined;
  const today = new Date(now).toISOString().slice(0, 10);
  const system = systemPrompt(role, form && { schema: form, byTool: names.length > 0 }, today);
  const isOwn = !names.includes(SEARCH) || (await parts.searchesWeb());
  return { at_ms: now, system, others: others as unknown as Json, ...(isOwn ? {} : { searches: "provider" }) };
}

interface Turn {
  readonly own: Own;
  readonly asked: Asked;
  readonly place: Place;
  readonly step: Step;
  readonly talk: AgentTalk;
  readonly n: number;
  readonly isLast: boolean;
  readonly untilMs: number;
}

async function ask({ own, asked, place, step, talk, n, isLast, untilMs }: Turn): Promise<Reply> {
  const { context, parts, caller, key } = place;
  const { retry } = modifiers(step);
  const name = `${key}.reply-${n}`;
  const reply = await context.step(
    name,
    async ({ signal }) => {
      const leftMs = untilMs - parts.clock.now();
      if (leftMs <= 0) throw outOfTime(key);
      const { models, tier } = askedModels(asked.model);
      using ownTime = setAlarm(parts.clock, leftMs);
      const asking = {
        ...talk.request(isLast),
        ...(own.temperature === undefined ? {} : { temperature: own.temperature }),
        ...(own.max_output_tokens === undefined ? {} : { maxOutputTokens: own.max_output_tokens }),
        place: {
          run: context.id,
          root: context.rootId,
          workspace: context.workspaceId,
          workflow: context.workflow,
          step: name,
          agent: key,
        },
        models,
        tier,
        budget: caller.budget ?? {},
        share: shareOf(own.budget?.share),
      };
      try {
        return (await parts.agents.reply(asking, AbortSignal.any([signal, ownTime.signal]))) as unknown as Json;
      } catch (cause) {
        throw ownTime.signal.aborted && !signal.aborted ? outOfTime(key) : cause;
      }
    },
    { retry: retry ?? { attempts: REPLY_TRIES }, kind: "reply", tellsStart: true },
  );
  const answer = reply as unknown as Reply;
  if (answer.finish !== "refused") return answer;
  throw new AppError("failed", `${answer.model} refused to answer`, { hint: "Ask in other words, or another model." });
}

interface Kit {
  readonly names: readonly string[];
  readonly others: readonly UpstreamTool[];
  readonly place: Place;
}

/** Side by side. What goes wrong is for the agent to deal with. */
function useTools(calls: readonly ToolCall[], kit: Kit, n: number): Promise<ToolAnswer[]> {
  return Promise.all(calls.map((call, at) => useTool(call, kit, `${kit.place.key}.use-${n}-${at + 1}`)));
}

async function useTool(call: ToolCall, { names, others, place }: Kit, key: string): Promise<ToolAnswer> {
  const { context } = place;
  const { id, name: said } = call;
  const name = names.find((one) => modelName(one) === said);
  const answer = await context
    .step(
      key,
      async ({ signal, idempotencyKey }) => {
        try {
          if (name === undefined) throw noTool(said, names);
          return {
            tool: name,
            text: toolText(name, await answerOf(name, inputOf(call.input), place, key, signal, idempotencyKey)),
          };
        } catch (cause) {
          signal.throwIfAborted();
          const { message, hint, fields } = toAppError(cause);
          const which = fields.map((field) => `${field.path}: ${field.message}`).join("; ");
          const text = [message, which, hint].filter((part) => part !== "").join("\n");
          return { tool: said, text, failed: true };
        }
      },
      { kind: "use", atMostOnce: name !== undefined && !isSafe(name, place, others), tellsStart: true },
    )
    .catch((cause: unknown) => {
      if (!(cause instanceof AppError) || cause.code !== "uncertain") throw cause;
      return { tool: said, text: `${cause.message}. Look whether it was done before you do it again.`, failed: true };
    });
  const { text, failed } = answer as { readonly text: string; readonly failed?: boolean };
  return { id, name: said, text, isError: failed === true };
}

async function answerOf(
  name: string,
  input: Record<string, Json>,
  { context, parts, workspace, caller }: Place,
  key: string,
  signal: AbortSignal,
  idempotencyKey: string,
): Promise<Json> {
  if (isOthers(name)) return parts.upstream.call(name, input, signal);
  const given = parts.tools.facts(name)?.takesIdempotencyKey ? { ...input, idempotency_key: idempotencyKey } : input;
  const call = { caller, workspace, requestId: `${context.id}/${key}`, signal };
  return (await parts.tools.call(name, given, call)) as Json;
}

/** It may be used again when nobody knows whether it was. */
function isSafe(name: string, { parts }: Place, others: readonly UpstreamTool[]): boolean {
  const other = others.find((tool) => tool.name === name);
  if (other) return other.reads;
  const facts = parts.tools.facts(name);
  return facts === undefined || facts.reads || facts.isIdempotent || facts.takesIdempotencyKey;
}

function inputOf(text: string): Record<string, Json> {
  const value = text.trim() === "" ? {} : jsonInText(text);
  if (isRecord(value)) return value as Record<string, Json>;
  throw new AppError("invalid_input", "cannot read the input: it is no JSON object", { hint: "Call the tool again." });
}

function modelTool(name: string, { parts }: Place, { others, searches }: Begun): ModelTool {
  const other = others.find((tool) => tool.name === name);
  const facts = parts.tools.facts(name);
  const input = other?.schema ?? facts?.schema() ?? { type: "object" };
  const tool = { name: modelName(name), description: other?.summary ?? facts?.summary ?? "", input };
  return name === SEARCH && searches === "provider" ? { ...tool, byProvider: "search" } : tool;
}

const SEARCH = "web_search";

/** Providers take no dots in names. */
function modelName(name: string): string {
  return name.replace(".", "__");
}

function noTool(name: string, names: readonly string[]): AppError {
  return new AppError("not_found", `there is no tool ${name} for you`, {
    hint: `There are ${names.map(modelName).join(", ")}.`,
  });
}

function outOfTime(key: string): AppError {
  return new AppError("not_allowed", `the time of the agent ${key} is over`, {
    hint: "Give the step more time, or ask for less.",
  });
}

function namesIn(value: Json | undefined): string[] {
  return [...new Set([value ?? []].flat().map(String))];
}

function shareOf(share: string | undefined): number {
  return share === undefined ? 1 : Number.parseInt(share, 10) / 100;
}

/** The same work for the model that is talking to cadre already: a task with the role, its prompt and its form. */
async function handOver(own: Own, place: Place, step: Step): Promise<Json> {
  const { context, parts, workspace, key } = place;
  const { output: form } = own;
  const id = await context.step(
    `${key}.task`,
    async ({ signal }) => {
      const { role, prompt, title } = (await place.fillNow(
        { role: own.role ?? "", prompt: own.prompt, title: step.title ?? step.id },
        signal,
      )) as Record<string, Json>;
      const draft = { title: String(title), description: String(prompt), ...(role === "" ? {} : { role }) };
      return parts.tasks.createForStep(workspace, draft, { run: context.id, step: key, form });
    },
    { kind: "make" },
  );
  // Its time is meant for a model that is asked from here; whoever takes a task takes the time that it needs.
  const data = await context.waitFor(key, `task ${id}`, {
    kind: "task",
    about: { task: id },
    refusal: (given) => taskRefusal(String(id), given),
  });
  return clientResult(data, form) as unknown as Json;
}

function clientResult(data: Json | undefined, form: JsonForm | undefined): AgentResult {
  const { work, summary, artifact } = (isRecord(data) ? data : {}) as Record<string, Json | undefined>;
  const text = String(work ?? summary ?? "");
  const what = form ? { data: jsonInText(text) ?? null } : { text };
  const more = artifact === undefined ? {} : { artifact };
  return { ...what, ...more, model: "client", tokens: 0, cost: null };
}
