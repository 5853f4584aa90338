import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { CommandClient } from "../../../src/agents/command-client.ts";
import type { ModelEvent, ModelRequest } from "../../../src/agents/model-client.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { refusalOf } from "../../harness/errors.ts";

async function ask(
  command: readonly string[],
  more: Partial<ModelRequest> = {},
  signal = new AbortController().signal,
) {
  const client = new CommandClient("mine", command, { runtime, folder: tmpdir() });
  const events: ModelEvent[] = [];
  const request = { messages: [{ from: "user" as const, text: "Say hello" }], tools: [], ...more };
  for await (const event of client.stream(request, signal)) events.push(event);
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

test("a program of the user's is asked on stdin, and answers on stdout", async () => {
  expect(await ask(["cat"])).toBe("Say hello");
  expect(await ask(["cat"], { output: { type: "object" } })).toContain('JSON of this form:\n{"type":"object"}');
});

test("one that fails says why, one that is not there is told, and one that gets tools is refused", async () => {
  expect((await refusalOf(() => ask(["sh", "-c", "echo not logged in >&2; exit 3"]))).message).toContain(
    "mine ended with 3: not logged in",
  );
  expect((await refusalOf(() => ask(["/nowhere/at-all"]))).message).toContain("cannot start /nowhere/at-all");
  const tools = [{ name: "x", description: "", input: {} }];
  expect((await refusalOf(() => ask(["cat"], { tools }))).code).toBe("invalid_input");
});

test("it is ended, with all that it started, when nobody wants its answer any more", async () => {
  const stop = new AbortController();
  const asked = ask(["sh", "-c", "sleep 60 & wait"], {}, stop.signal);

  stop.abort();

  expect(await asked.then(String, (cause: Error) => cause.name)).toBe("AbortError");
});
