// The port to models. A provider is whatever answers a request with such events.
import type { Json } from "../base/json.ts";

/** Text, thoughts and calls of one answer as its provider wants to see them again: opaque, and plain JSON. */
export type AssistantContent = readonly Json[];

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote it: JSON, mostly. */
  readonly input: string;
}

export interface ToolAnswer {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
}

export type Message =
  | { readonly from: "system" | "user"; readonly text: string }
  | { readonly from: "assistant"; readonly content: AssistantContent }
  | { readonly from: "tools"; readonly answers: readonly ToolAnswer[] };

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema. */
  readonly input: Readonly<Record<string, Json>>;
  /** The provider does it itself, where it can: nobody is called, and what it found is among the sources. */
  readonly byProvider?: "search" | undefined;
}

export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly ModelTool[];
  /** It must use one of them, or may use none. */
  readonly mustUse?: "any" | "none" | undefined;
  /** The answer is JSON of this form. */
  readonly output?: Readonly<Record<string, Json>> | undefined;
  readonly temperature?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}

export interface Usage {
  readonly input: number | undefined;
  readonly cached: number | undefined;
  readonly output: number | undefined;
  /** What the provider itself says that it costs, in dollars. */
  readonly cost?: number | undefined;
}

export interface Source {
  readonly url: string;
  readonly title: string;
}

export type Finish = "stop" | "length" | "tools" | "refused";

export type ModelEvent =
  | { readonly type: "text" | "thought"; readonly text: string }
  | { readonly type: "source"; readonly source: Source }
  | {
      readonly type: "end";
      readonly content: AssistantContent;
      readonly calls: readonly ToolCall[];
      readonly finish: Finish;
      readonly usage: Usage;
    };

/** One model of one provider. */
export interface ModelClient {
  /** Ends with exactly one `end`, or throws an AppError. Aborting it aborts the request. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
