// What the port to models promises, against every provider's own protocol.
import { describe, expect, test } from "bun:test";
import type { LLMock } from "@copilotkit/aimock";
import { AiSdkClient } from "../../src/agents/ai-sdk-client.ts";
import type { Message, ModelEvent, ModelRequest } from "../../src/agents/model-client.ts";
import { PROVIDERS, type ProviderKind } from "../../src/agents/provider-table.ts";
import { systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import { MOCK_KEY, type MockModels, mockModels } from "../harness/models.ts";

const COUNTED = {
  prompt_tokens: 11,
  completion_tokens: 7,
  input_tokens: 11,
  output_tokens: 7,
  promptTokenCount: 11,
  candidatesTokenCount: 7,
};
const WEATHER = {
  name: "weather",
  description: "Tells the weather.",
  input: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** What a mock or a provider cannot do. Cohere's text the mock writes in an older form: wire.test.ts. */
const CANNOT: Readonly<Partial<Record<ProviderKind, readonly ("text" | "tools" | "usage")[]>>> = {
  cohere: ["text"],
  perplexity: ["tools", "usage"],
  mistral: ["usage"],
  groq: ["usage"],
};
const KINDS = [
  "anthropic",
  "openai",
  "xai",
  "google",
  "mistral",
  "groq",
  "cohere",
  "perplexity",
  "deepseek",
  "openrouter",
  "ollama",
] as const;

function can(kind: ProviderKind, what: "text" | "tools" | "usage"): boolean {
  return !CANNOT[kind]?.includes(what);
}

async function ask(models: MockModels, kind: ProviderKind, request: Partial<ModelRequest>, signal?: AbortSignal) {
  const access = { key: MOCK_KEY, url: models.urlOf(kind), model: "model-x" };
  const row = PROVIDERS[kind];
  if (!row) throw new Error(`no provider ${kind}`);
  const client = new AiSdkClient(
    await row.load(access),
    { provider: kind, variable: row.keys[0] ?? "", key: MOCK_KEY },
    systemClock,
  );
  const events: ModelEvent[] = [];
  const whole = { messages: [say("hello")], tools: [], ...request };
  for await (const event of client.stream(whole, signal ?? new AbortController().signal)) events.push(event);
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error("the last event is no end");
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { text, end, pieces: events.length - 1 };
}

function say(text: string): Message {
  return { from: "user", text };
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const failure = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (failure instanceof AppError) return failure;
  throw new Error(`no refusal but ${failure}`);
}

function speak(mock: LLMock): void {
  mock.onMessage(/hello/, { content: "Hello to you, my friend, on this fine day.", usage: COUNTED });
}

describe.each(KINDS)("%s", (kind) => {
  test.skipIf(!can(kind, "text"))("streams a text, piece by piece", async () => {
    await using models = await mockModels();
    speak(models.mock);

    const { text, end, pieces } = await ask(models, kind, {});

    expect({ text, finish: end.finish, calls: end.calls }).toEqual({
      text: "Hello to you, my friend, on this fine day.",
      finish: "stop",
      calls: [],
    });
    expect(pieces).toBeGreaterThan(1);
    // What it is shown again as its own is the same.
    expect(end.content).toMatchObject([{ type: "text", text }]);
    if (can(kind, "usage")) expect(end.usage).toMatchObject({ input: 11, output: 7 });
  });

  test.skipIf(!can(kind, "tools"))("calls a tool, and takes what it answered", async () => {
    await using models = await mockModels();
    models.mock.on(
      { userMessage: /weather/, hasToolResult: false },
      { toolCalls: [{ name: "weather", arguments: '{"city":"Bern"}' }] },
    );
    models.mock.on({ userMessage: /weather/, hasToolResult: true }, { content: "It rains in Bern." });
    const messages = [say("How is the weather?")];

    const { end } = await ask(models, kind, { messages, tools: [WEATHER] });

    const [call] = end.calls;
    expect(call).toMatchObject({ name: "weather", input: '{"city":"Bern"}' });
    if (!can(kind, "text") || !call) return;
    const answers = [{ id: call.id, name: call.name, text: "rain", isError: false }];
    const next = await ask(models, kind, {
      messages: [...messages, { from: "assistant", content: end.content }, { from: "tools", answers }],
      tools: [WEATHER],
    });
    expect(next.text).toBe("It rains in Bern.");
  });

  test("says what a failure is, when it may be tried again, and nothing of the key", async () => {
    await using models = await mockModels();
    models.mock.onMessage(/full/, {
      error: { message: `slow down, ${MOCK_KEY}`, type: "rate_limit_error" },
      status: 429,
      retryAfter: 7,
    });
    models.mock.onMessage(/broken/, { error: { message: "boom", type: "server_error" }, status: 500 });
    models.mock.onMessage(/locked/, { error: { message: "who are you", type: "auth" }, status: 401 });

    const full = await failureOf(ask(models, kind, { messages: [say("full")] }));
    const broken = await failureOf(ask(models, kind, { messages: [say("broken")] }));
    const locked = await failureOf(ask(models, kind, { messages: [say("locked")] }));

    expect([full.code, broken.code, locked.code]).toEqual(["rate_limited", "unavailable", "unauthorized"]);
    expect(full.retryAfterMs).toBe(7_000);
    expect(full.message).not.toContain(MOCK_KEY);
    expect(locked.hint).toContain(PROVIDERS[kind]?.keys[0] ?? "");
  });

  test.skipIf(!can(kind, "text"))("an answer that is cut off is a failure, not an answer", async () => {
    await using models = await mockModels();
    models.mock.onMessage(/hello/, { content: "A long answer. ".repeat(40) }, { truncateAfterChunks: 3 });

    const failure = await failureOf(ask(models, kind, {}));

    expect(failure.code).toBe("unavailable");
  });

  test.skipIf(!can(kind, "text"))("stops when nobody wants it any more", async () => {
    await using models = await mockModels();
    models.mock.onMessage(/hello/, { content: "A long answer. ".repeat(200) }, { latency: 20, chunkSize: 5 });
    const stop = new AbortController();
    const asked = ask(models, kind, {}, stop.signal);

    stop.abort();

    expect(await asked.then(String, (cause: Error) => cause.name)).toBe("AbortError");
  });
});

test("a provider that cannot be reached did not answer", async () => {
  const row = PROVIDERS["openai"];
  if (!row) throw new Error("no openai");
  const model = await row.load({ key: MOCK_KEY, url: "http://127.0.0.1:9/v1", model: "model-x" });
  const client = new AiSdkClient(model, { provider: "openai", variable: "OPENAI_API_KEY", key: MOCK_KEY }, systemClock);
  const heard = async () => {
    for await (const _event of client.stream({ messages: [say("hello")], tools: [] }, new AbortController().signal));
  };

  const failure = await failureOf(heard());

  expect({ code: failure.code, says: failure.message.includes("did not answer") }).toEqual({
    code: "unavailable",
    says: true,
  });
});
