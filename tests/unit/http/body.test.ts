import { expect, test } from "bun:test";
import { BODY_BYTES_MAX } from "../../../src/base/limits.ts";
import { readJson, readText } from "../../../src/http/body.ts";
import { refusalOf } from "../../harness/errors.ts";
import { startServer } from "../../harness/server.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** A body of unknown length, as a stream sends it. */
function streamed(bytes: number): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode("x".repeat(64 * 1024));
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= chunk.length;
    },
  });
}

function post(body: ConstructorParameters<typeof Response>[0], headers: Record<string, string> = JSON_TYPE): Request {
  return new Request("http://localhost/", { method: "POST", body, headers });
}

test("readText() refuses a length over the limit before it reads a byte", async () => {
  const pulled: string[] = [];
  const body = new ReadableStream<Uint8Array>(
    { pull: () => void pulled.push("a byte was asked for") },
    { highWaterMark: 0 },
  );
  const request = post(body, { ...JSON_TYPE, "content-length": String(BODY_BYTES_MAX + 1) });

  const error = await refusalOf(() => readText(request));

  expect([error.code, error.message, pulled]).toEqual(["too_large", "cannot take a body of more than 16MiB", []]);
});

test("readText() refuses a stream that does not say its length as soon as it is over", async () => {
  expect((await refusalOf(() => readText(post(streamed(BODY_BYTES_MAX + 1))))).code).toBe("too_large");
});

test("readText() takes exactly the limit", async () => {
  expect((await readText(post(streamed(BODY_BYTES_MAX)))).length).toBe(BODY_BYTES_MAX);
});

test("readText() keeps characters whole that two chunks share", async () => {
  const [left, right] = [Uint8Array.of(0xe2, 0x9c), Uint8Array.of(0x93)];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(left);
      controller.enqueue(right);
      controller.close();
    },
  });

  expect(await readText(post(body))).toBe("✓");
});

test("readJson() takes JSON under its own type only, and nothing as an empty object", async () => {
  expect(await readJson(post('{"a":1}', { "content-type": "application/json; charset=utf-8" }))).toEqual({ a: 1 });
  expect(await readJson(post("", {}))).toEqual({});
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"]) {
    const error = await refusalOf(() => readJson(post('{"a":1}', { "content-type": type })));
    expect([type, error.code, error.hint]).toEqual([
      type,
      "unsupported_media",
      "Send the header Content-Type: application/json.",
    ]);
  }
});

test("over the wire: 413 by length and by stream, 415, and 400 for what is no JSON", async () => {
  await using server = await startServer();
  const send = (body: ConstructorParameters<typeof Response>[0], headers = JSON_TYPE as Record<string, string>) =>
    server.fetch("/v1/task/create", { method: "POST", body, headers });

  const long = await send("x".repeat(BODY_BYTES_MAX + 1));
  const stream = await send(streamed(BODY_BYTES_MAX + 1));
  const form = await send("title=x", { "content-type": "application/x-www-form-urlencoded" });
  const broken = await send('{"title": ');
  const deep = await send(`{"title": ${"[".repeat(100)}${"]".repeat(100)}}`);
  const list = await send("[1]");

  expect([long.status, stream.status, form.status, broken.status, deep.status, list.status]).toEqual([
    413, 413, 415, 400, 400, 400,
  ]);
  expect(((await broken.json()) as { error: unknown }).error).toMatchObject({
    code: "invalid_input",
    message: "cannot read the body: not valid JSON",
    hint: 'Send one JSON object, like {"title": "…"}.',
  });
});

test("the MCP endpoint has the same bound", async () => {
  await using server = await startServer();

  const { status } = await server.fetch("/mcp", {
    method: "POST",
    headers: JSON_TYPE,
    body: streamed(BODY_BYTES_MAX + 1),
  });

  expect(status).toBe(413);
});
