import { afterAll, describe, expect, test } from "bun:test";
import { hearWords, wireFetch } from "../../../src/agents/wire-words.ts";
import { serveWeb } from "../../harness/web.ts";

const chat = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: "1", choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
const BODIES: Readonly<Record<string, string>> = {
  chat: [
    chat({ role: "assistant", content: "A" }),
    ...["b", "c", "d"].map((content) => chat({ content })),
    chat({ reasoning_content: "hm" }),
    ...["e", "f"].map((content) => chat({ content })),
    chat({}, { finish_reason: "stop" }),
    "data: [DONE]\n\n",
  ].join(""),
  messages: ["Hel", "lo"]
    .map(
      (text) =>
        `event: content_block_delta\r\ndata: ${JSON.stringify({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\r\n\r\n`,
    )
    .join(""),
  responses: ["Hel", "lo"]
    .map(
      (delta) =>
        `event: x\ndata: ${JSON.stringify({ type: "response.output_text.delta", item_id: "i", content_index: 0, delta })}\n\n`,
    )
    .join(""),
  garbage: "data: {no json}\n\n: comment\n\ndata: 7\n\nhalf",
};
const server = serveWeb((request) => {
  const body = BODIES[new URL(request.url).pathname.slice(1)] ?? "";
  // Cut anywhere, as a network does.
  const pieces = body.match(/[\s\S]{1,17}/g) ?? [];
  const stream = new ReadableStream({
    start: (out) => {
      for (const piece of pieces) out.enqueue(Buffer.from(piece));
      out.close();
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
});
afterAll(() => server.stop());

async function heardOf(name: string) {
  const heard: string[] = [];
  const { signal } = new AbortController();
  hearWords(signal, (text) => heard.push(text));
  const passed = await (await wireFetch(`${server.url}/${name}`, { signal })).text();
  return { heard, passed };
}

const datas = (text: string) => text.split(/\r?\n\r?\n/).flatMap((event) => /data: (.*)/.exec(event)?.[1] ?? []);

describe("words", () => {
  test("are heard one by one, and what they come to passes as one event where nothing else stands between", async () => {
    const { heard, passed } = await heardOf("chat");

    expect(heard).toEqual(["A", "b", "c", "d", "e", "f"]);
    expect(datas(passed).map((data) => (data === "[DONE]" ? data : JSON.parse(data).choices[0].delta))).toEqual([
      { role: "assistant", content: "A" },
      { content: "bcd" },
      { reasoning_content: "hm" },
      { content: "ef" },
      {},
      "[DONE]",
    ]);
  });

  test("are heard in the other protocols", async () => {
    const messages = await heardOf("messages");
    const responses = await heardOf("responses");

    expect([messages.heard, responses.heard]).toEqual([
      ["Hel", "lo"],
      ["Hel", "lo"],
    ]);
    expect(datas(messages.passed).map((data) => JSON.parse(data).delta.text)).toEqual(["Hello"]);
    expect(datas(responses.passed).map((data) => JSON.parse(data).delta)).toEqual(["Hello"]);
  });

  test("are none in what nobody understands, which passes as it is", async () => {
    expect(await heardOf("garbage")).toEqual({ heard: [], passed: BODIES["garbage"] ?? "" });
  });

  test("pass untouched where nobody listens", async () => {
    expect(await (await wireFetch(`${server.url}/chat`)).text()).toBe(BODIES["chat"] ?? "");
  });
});
