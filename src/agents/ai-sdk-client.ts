// Models through the AI SDK's packages: their request and their events in our words.
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isRecord, type Json } from "../base/json.ts";
import { REPLY_CHARS_MAX } from "../base/limits.ts";
import type {
  Finish,
  Message,
  ModelClient,
  ModelEvent,
  ModelRequest,
  ModelTool,
  ToolCall,
  Usage,
} from "./model-client.ts";
import { providerFailure } from "./provider-failure.ts";
import { Waiting } from "./waiting.ts";
import { hearWords } from "./wire-words.ts";

/** What is asked there, and what of it must never be told. */
export interface Asking {
  readonly provider: string;
  /** The variable that may hold its key. */
  readonly variable: string;
  readonly key: string | undefined;
  /** Its own search of the web, as its package calls it. */
  readonly search?: `${string}.${string}` | undefined;
}

export class AiSdkClient implements ModelClient {
  readonly #model: LanguageModelV4;
  readonly #asking: Asking;
  readonly #clock: Pick<Clock, "now">;

  constructor(model: LanguageModelV4, asking: Asking, clock: Pick<Clock, "now">) {
    this.#model = model;
    this.#asking = asking;
    this.#clock = clock;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const stop = new AbortController();
    // One of this request alone: by it its words are heard.
    const own = AbortSignal.any([signal, stop.signal]);
    const events = new Waiting<ModelEvent>();
    let heard = 0;
    hearWords(own, (text) => {
      heard += text.length;
      events.push({ type: "text", text });
    });
    const reading = this.#read(request, own, (event, read) => {
      // What was heard at the wire is not told twice.
      if (event.type !== "text") events.push(event);
      else if (read > heard) events.push({ type: "text", text: event.text.slice(heard - read) });
      heard = Math.max(heard, event.type === "text" ? read : 0);
    }).finally(() => events.end());
    reading.catch(() => {}); // It is awaited when all that was said has been told.
    try {
      yield* events;
      yield await reading;
    } catch (cause) {
      signal.throwIfAborted();
      throw providerFailure(this.#asking, cause, this.#clock.now());
    } finally {
      // Whoever stops listening wants no more of it.
      stop.abort();
    }
  }

  /** Tells the events of an answer, each with how many characters of its text have been read, and answers its end. */
  async #read(
    request: ModelRequest,
    signal: AbortSignal,
    tell: (event: ModelEvent, read: number) => void,
  ): Promise<ModelEvent> {
    const answer = new Answer();
    let read = 0;
    const { stream } = await this.#model.doStream({ ...optionsOf(request, this.#asking.search), abortSignal: signal });
    for await (const part of stream) {
      if (part.type === "error") throw part.error;
      for (const event of answer.take(part)) {
        if (event.type === "text") read += event.text.length;
        tell(event, read);
      }
    }
    signal.throwIfAborted();
    return answer.end(this.#asking.provider);
  }
}

interface Said {
  readonly type: "text" | "reasoning";
  text: string;
  more: Json | undefined;
}

/** An answer as it is put together. */
class Answer {
  readonly #content: Json[] = [];
  readonly #open = new Map<string, Said>();
  readonly #calls: ToolCall[] = [];
  #chars = 0;
  #end: { readonly finish: Finish; readonly usage: Usage } | undefined;

  *take(part: LanguageModelV4StreamPart): Generator<ModelEvent> {
    switch (part.type) {
      case "text-delta":
      case "reasoning-delta": {
        const type = part.type === "text-delta" ? "text" : "reasoning";
        this.#say(type, part);
        if (part.delta !== "") yield { type: type === "text" ? "text" : "thought", text: part.delta };
        return;
      }
      case "text-end":
      case "reasoning-end":
        return this.#close(part.type === "text-end" ? "text" : "reasoning", part);
      case "source":
        if (part.sourceType === "url")
          yield { type: "source", source: { url: part.url, title: part.title ?? part.url } };
        return;
      case "tool-call":
        return this.#call(part);
      case "tool-result":
        this.#content.push({
          type: "tool-result",
          toolCallId: part.toolCallId,
          toolName: part.toolName,
          output: { type: "json", value: part.result as Json },
          ...(part.providerMetadata === undefined ? {} : { providerOptions: part.providerMetadata as Json }),
        });
        return;
      case "finish":
        this.#end = { finish: finishOf(part.finishReason.unified), usage: usageOf(part) };
        return;
      default:
    }
  }

  /** A stream that ends without saying that it does has been cut. */
  end(provider: string): ModelEvent {
    if (!this.#end) throw brokeOff(provider);
    for (const said of this.#open.values()) this.#keep(said);
    const { usage } = this.#end;
    const finish = this.#calls.length > 0 ? "tools" : this.#end.finish;
    return { type: "end", content: this.#content, calls: this.#calls, finish, usage };
  }

  #say(type: Said["type"], { id, delta }: { id: string; delta: string }): void {
    this.#chars += delta.length;
    if (this.#chars > REPLY_CHARS_MAX) {
      throw new AppError("too_large", `cannot take an answer of more than ${REPLY_CHARS_MAX} characters`, {
        hint: "Set max_output_tokens.",
      });
    }
    const said = this.#open.get(`${type} ${id}`);
    if (said) said.text += delta;
    else this.#open.set(`${type} ${id}`, { type, text: delta, more: undefined });
  }

  /** What a provider wants to see again of a thought comes with its end, even of one that says nothing. */
  #close(type: Said["type"], { id, providerMetadata }: { id: string; providerMetadata?: unknown }): void {
    const said = this.#open.get(`${type} ${id}`) ?? { type, text: "", more: undefined };
    said.more = providerMetadata as Json | undefined;
    this.#open.delete(`${type} ${id}`);
    this.#keep(said);
  }

  #keep({ type, text, more }: Said): void {
    if (text === "" && more === undefined) return;
    this.#content.push({ type, text, ...(more === undefined ? {} : { providerOptions: more }) });
  }

  #call(part: Extract<LanguageModelV4StreamPart, { type: "tool-call" }>): void {
    const { toolCallId: id, toolName: name, input, providerExecuted, providerMetadata: more } = part;
    // What the provider did itself it wants to see again, and nobody else does it.
    if (!providerExecuted) this.#calls.push({ id, name, input });
    this.#content.push({
      type: "tool-call",
      toolCallId: id,
      toolName: name,
      input: inputOf(input),
      ...(providerExecuted ? { providerExecuted } : {}),
      ...(more === undefined ? {} : { providerOptions: more as Json }),
    });
  }
}

/** What is no JSON is shown to the model as it wrote it. */
function inputOf(text: string): Json {
  try {
    return JSON.parse(text === "" ? "{}" : text) as Json;
  } catch {
    return { text };
  }
}

function brokeOff(provider: string): AppError {
  return new AppError("unavailable", `the answer of ${provider} broke off`, { hint: "It is tried again." });
}

/**
 * Several providers take a form only when it says that nothing else may be there; that everything must be there, which
 * some ask for by themselves, is not so.
 */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isRecord(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value as Json)]));
  return schema["type"] === "object" && "properties" in schema ? { ...inner, additionalProperties: false } : inner;
}

const LENIENT = Object.fromEntries(
  ["openai", "groq", "mistral", "deepseek", "openaiCompatible"].map((name) => [name, { strictJsonSchema: false }]),
);

const CHOICES = { any: "required", none: "none", any_or_none: "auto" } as const;

function toolOf({ name, description, input, byProvider }: ModelTool, search: Asking["search"]) {
  if (byProvider === "search" && search) return { type: "provider" as const, id: search, name, args: {} };
  return { type: "function" as const, name, description, inputSchema: input as never };
}

function optionsOf(
  { messages, tools, mustUse, output, temperature, maxOutputTokens }: ModelRequest,
  search: Asking["search"],
) {
  return {
    prompt: messages.map(messageOf),
    providerOptions: LENIENT,
    ...(tools.length > 0
      ? {
          tools: tools.map((tool) => toolOf(tool, search)),
          toolChoice: { type: CHOICES[mustUse ?? "any_or_none"] },
        }
      : {}),
    ...(output ? { responseFormat: { type: "json" as const, schema: closed(output) as never, name: "answer" } } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  } satisfies LanguageModelV4CallOptions;
}

function messageOf(message: Message): LanguageModelV4Message {
  switch (message.from) {
    case "system":
      return { role: "system", content: message.text };
    case "user":
      return { role: "user", content: [{ type: "text", text: message.text }] };
    case "assistant":
      return { role: "assistant", content: message.content as never };
    case "tools":
      return {
        role: "tool",
        content: message.answers.map(({ id, name, text, isError }) => ({
          type: "tool-result",
          toolCallId: id,
          toolName: name,
          output: { type: isError ? "error-text" : "text", value: text },
        })),
      };
  }
}

function finishOf(reason: string): Finish {
  switch (reason) {
    case "length":
      return "length";
    case "tool-calls":
      return "tools";
    case "content-filter":
      return "refused";
    case "interrupted":
    case "error":
      throw new AppError("unavailable", "the answer broke off", { hint: "It is tried again." });
    default:
      return "stop";
  }
}

function usageOf({ usage, providerMetadata }: Extract<LanguageModelV4StreamPart, { type: "finish" }>): Usage {
  const { inputTokens, outputTokens, raw } = usage;
  const own = isRecord(raw) ? raw["cost"] : undefined;
  const told = Object.values(providerMetadata ?? {}).map((one) => one["cost"]);
  const cost = [own, ...told].find((one) => typeof one === "number");
  return {
    input: inputTokens.total,
    cached: inputTokens.cacheRead,
    output: outputTokens.total,
    ...(typeof cost === "number" ? { cost } : {}),
  };
}
