// What the mock does not speak, in the words of the providers' own documentation.
import { describe, expect, test } from "bun:test";
import { AiSdkClient } from "../../src/agents/ai-sdk-client.ts";
import type { Message, ModelEvent, ModelTool } from "../../src/agents/model-client.ts";
import { PROVIDERS } from "../../src/agents/provider-table.ts";
import { systemClock } from "../../src/base/clock.ts";
import { type Wire, wireOf } from "../harness/wire.ts";

const SEARCH: ModelTool = {
  name: "web_search",
  description: "Searches the web.",
  input: { type: "object", properties: { query: { type: "string" } } },
  byProvider: "search",
};
const READ: ModelTool = { name: "web_fetch", description: "Reads a page.", input: { type: "object", properties: {} } };

interface Asking {
  readonly model?: string;
  readonly tools?: readonly ModelTool[];
  readonly messages?: readonly Message[];
}

async function ask(wire: Wire, provider: string, { model = "model-x", tools = [], messages }: Asking) {
  const row = PROVIDERS[provider];
  if (!row) throw new Error(`no provider ${provider}`);
  const client = new AiSdkClient(
    await row.load({ key: "key", url: wire.url, model }),
    { provider, variable: "", key: "key", search: row.search?.(model) },
    systemClock,
  );
  const events: ModelEvent[] = [];
  const request = { messages: messages ?? [{ from: "user" as const, text: "hello" }], tools };
  for await (const event of client.stream(request, new AbortController().signal)) events.push(event);
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error("the last event is no end");
  return {
    text: events.map((event) => (event.type === "text" ? event.text : "")).join(""),
    sources: events.flatMap((event) => (event.type === "source" ? [event.source] : [])),
    end,
  };
}

test("cohere streams a text and counts it", async () => {
  using wire = wireOf([
    { type: "message-start", id: "1" },
    { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: "Pears " } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: "are green." } } } },
    { type: "content-end", index: 0 },
    {
      type: "message-end",
      delta: { finish_reason: "COMPLETE", usage: { tokens: { input_tokens: 11, output_tokens: 7 } } },
    },
  ]);

  const { text, end } = await ask(wire, "cohere", {});

  expect({ text, finish: end.finish, usage: end.usage }).toMatchObject({
    text: "Pears are green.",
    finish: "stop",
    usage: { input: 11, output: 7 },
  });
});

const ANTHROPIC_SEARCH = [
  {
    type: "message_start",
    message: {
      type: "message",
      id: "m",
      model: "x",
      role: "assistant",
      content: [],
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  },
  {
    type: "content_block_start",
    index: 0,
    content_block: { type: "server_tool_use", id: "srv_1", name: "web_search", input: {} },
  },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "input_json_delta", partial_json: '{"query":"pears"}' },
  },
  { type: "content_block_stop", index: 0 },
  {
    type: "content_block_start",
    index: 1,
    content_block: {
      type: "web_search_tool_result",
      tool_use_id: "srv_1",
      content: [
        {
          type: "web_search_result",
          url: "https://pears.example/",
          title: "Pears",
          encrypted_content: "sealed",
          page_age: null,
        },
      ],
    },
  },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 2, delta: { type: "text_delta", text: "Pears are green." } },
  { type: "content_block_stop", index: 2 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];

test("what anthropic has found is among the sources, is no call for us, and is shown to it again", async () => {
  using wire = wireOf(ANTHROPIC_SEARCH);

  const first = await ask(wire, "anthropic", { tools: [SEARCH, READ] });
  await ask(wire, "anthropic", {
    tools: [SEARCH, READ],
    messages: [
      { from: "user", text: "hello" },
      { from: "assistant", content: first.end.content },
      { from: "user", text: "And now?" },
    ],
  });

  expect(first).toMatchObject({
    text: "Pears are green.",
    sources: [{ url: "https://pears.example/", title: "Pears" }],
    end: { calls: [], finish: "stop" },
  });
  expect(JSON.stringify(wire.asked[1])).toContain('"encrypted_content":"sealed"');
});

const DONE: Readonly<Record<string, readonly object[]>> = {
  anthropic: ANTHROPIC_SEARCH,
  openai: [
    { type: "response.created", response: { id: "r", created_at: 1, model: "x" } },
    { type: "response.completed", response: { usage: { input_tokens: 1, output_tokens: 1 } } },
  ],
  google: [
    {
      candidates: [{ content: { role: "model", parts: [{ text: "ok" }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
    },
  ],
};

describe("a provider that can search is asked to", () => {
  test.each([
    ["anthropic", "claude-opus-5-5", '"type":"web_search_20250305"'],
    ["openai", "gpt-5.5", '"type":"web_search"'],
    ["google", "gemini-3.8-flash", '"googleSearch"'],
  ])("%s", async (provider, model, said) => {
    using wire = wireOf(DONE[provider] ?? []);

    await ask(wire, provider, { model, tools: [SEARCH, READ] });

    const tools = JSON.stringify(wire.asked[0]?.["tools"]);
    expect(tools).toContain(said);
    expect(tools).toContain("web_fetch");
    expect(tools).not.toContain("Searches the web.");
  });

  test("but one that cannot is given ours", async () => {
    using wire = wireOf(DONE["google"] ?? []);

    await ask(wire, "google", { model: "gemini-2.5-pro", tools: [SEARCH, READ] });

    expect(JSON.stringify(wire.asked[0]?.["tools"])).toContain("Searches the web.");
  });
});
