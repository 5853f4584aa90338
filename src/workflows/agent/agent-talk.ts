// The conversation with one agent. It is put together anew from what is remembered whenever the run goes on.
import type { Message, ModelRequest, ModelTool, Source, ToolAnswer, ToolCall } from "../../agents/model-client.ts";
import type { Reply } from "../../agents/replies.ts";
import type { Json } from "../../base/json.ts";
import { type JsonForm, jsonInText, misfits } from "../../base/json-form.ts";

/** What an agent comes to. */
export interface AgentResult {
  readonly text?: string;
  readonly data?: Json;
  readonly sources?: readonly Source[];
  readonly model: string;
  readonly tokens: number;
  /** Dollars; null where nobody knows the price. */
  readonly cost: number | null;
}

interface TalkParts {
  readonly system: string;
  readonly prompt: string;
  readonly tools: readonly ModelTool[];
  readonly form: JsonForm | undefined;
}

const ANSWER = "answer";

export class AgentTalk {
  readonly #parts: TalkParts;
  readonly #messages: Message[];
  readonly #sources = new Map<string, Source>();
  #text = "";
  #tokens = 0;
  #cost: number | null = 0;
  #model = "";

  constructor(parts: TalkParts) {
    this.#parts = parts;
    this.#messages = [
      { from: "system", text: parts.system },
      { from: "user", text: parts.prompt },
    ];
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** What of it is known. */
  get cost(): number {
    return this.#cost ?? 0;
  }

  /** What is asked next. The last time there is nothing left but to answer. */
  request(isLast: boolean): Pick<ModelRequest, "messages" | "tools" | "mustUse" | "output"> {
    const { tools, form } = this.#parts;
    const messages = [...this.#messages];
    if (isLast && tools.length > 0 && this.#hasCalled) messages.push({ from: "user", text: LAST });
    if (tools.length === 0) return { messages, tools: [], output: form && asObject(form) };
    if (!form) return { messages, tools, mustUse: isLast ? "none" : undefined };
    const answer: ModelTool = { name: ANSWER, description: "Hands in the result.", input: asObject(form) };
    return isLast ? { messages, tools: [answer], mustUse: "any" } : { messages, tools: [...tools, answer] };
  }

  /** Takes what the model said. Answers the result, or which tools it wants to use. */
  take(reply: Reply): { readonly result: AgentResult } | { readonly calls: readonly ToolCall[] } {
    this.#tokens += reply.tokens;
    this.#cost = this.#cost === null || reply.cost === null ? null : this.#cost + reply.cost;
    this.#model = reply.model;
    for (const source of reply.sources) this.#sources.set(source.url, source);
    this.#messages.push({ from: "assistant", content: reply.content });
    const handedIn = reply.calls.find(({ name }) => name === ANSWER && this.#parts.form);
    if (handedIn) return this.#handIn(handedIn, reply.calls);
    if (reply.calls.length > 0) return { calls: reply.calls };
    this.#text += reply.text;
    if (reply.finish === "length") return this.#again(GO_ON);
    const { form } = this.#parts;
    if (!form) return { result: this.#result({ text: this.#text }) };
    const value = jsonInText(this.#text);
    this.#text = "";
    const problems = value === undefined ? ["it holds no JSON"] : misfits(form, unwrapped(form, value));
    if (value !== undefined && problems.length === 0) return { result: this.#result({ data: unwrapped(form, value) }) };
    return this.#again(refusal(problems));
  }

  answer(answers: readonly ToolAnswer[]): void {
    this.#messages.push({ from: "tools", answers });
  }

  get #hasCalled(): boolean {
    return this.#messages.some(({ from }) => from === "tools");
  }

  #handIn(call: ToolCall, calls: readonly ToolCall[]): { readonly result: AgentResult } | { readonly calls: [] } {
    const { form = {} } = this.#parts;
    const value = jsonInText(call.input);
    const data = value === undefined ? undefined : unwrapped(form, value);
    const problems = data === undefined ? ["it holds no JSON"] : misfits(form, data);
    if (data !== undefined && problems.length === 0) return { result: this.#result({ data }) };
    // Every call has to be answered.
    const text = (id: string) => (id === call.id ? refusal(problems) : "Not done: hand in the result first.");
    this.answer(calls.map(({ id, name }) => ({ id, name, text: text(id), isError: true })));
    return { calls: [] };
  }

  #again(text: string): { readonly calls: [] } {
    this.#messages.push({ from: "user", text });
    return { calls: [] };
  }

  #result(what: { readonly text: string } | { readonly data: Json }): AgentResult {
    const sources = [...this.#sources.values()];
    return {
      ...what,
      ...(sources.length > 0 ? { sources } : {}),
      model: this.#model,
      tokens: this.#tokens,
      cost: this.#cost,
    };
  }
}

const GO_ON = "Your answer reached its length. Go on exactly where it ended, without repeating anything.";
const LAST = "You may use no further tool. Answer now, with what you have.";

function refusal(problems: readonly string[]): string {
  return `That does not have the form that is asked for: ${problems.join("; ")}. Hand in the whole result again.`;
}

/** Providers want an object; what is none is in one. */
function asObject(form: JsonForm): JsonForm {
  return form["type"] === "object" ? form : { type: "object", properties: { value: form }, required: ["value"] };
}

function unwrapped(form: JsonForm, value: Json): Json {
  if (form["type"] === "object" || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return value["value"] ?? value;
}
