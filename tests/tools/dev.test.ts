// `bun dev`: the server starts anew when a file is saved, and its clients go on.
import { expect, test } from "bun:test";
import { appendFileSync, cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { until } from "../harness/condition.ts";
import { callMcp } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { httpClient } from "../harness/mcp.ts";

const ROOT = join(import.meta.dirname, "../..");

test("bun dev restarts on save, and no client loses its session or what it follows", async () => {
  using folder = tempFolder();
  for (const part of ["src", "roles", "package.json"]) {
    cpSync(join(ROOT, part), join(folder.path, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  // What the script runs, without its install and on a port of its own.
  const [, program = ""] = manifest.scripts.dev.split(" && ");
  expect(program).toBe("bun --watch src/main.ts --http");
  const port = freePort();
  const child = Bun.spawn([process.execPath, ...program.split(" ").slice(1), String(port)], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", CADRE_HOME: join(folder.path, "home") },
    stdout: "pipe",
    stderr: "ignore",
  });
  const starts = countStarts(child.stdout);
  const origin = `http://127.0.0.1:${port}`;
  try {
    await until(() => starts() === 1, "the server listens");
    const client = await httpClient("legacy", origin);
    const created = await callMcp(client, "task_create", { title: "Before the save" });
    const { id } = "answer" in created ? created.answer : {};
    await client.request("resources/subscribe", { uri: `cadre://task/${id}` });

    appendFileSync(join(folder.path, "src", "mcp", "instructions.ts"), "// Saved.\n");
    await until(() => starts() === 2, "the server has started anew");

    expect(await callMcp(client, "task_list")).toMatchObject({ answer: { tasks: [{ id, title: "Before the save" }] } });
    const stop = new AbortController();
    await client.listen(stop.signal);
    await until(() => client.notifications.length > 0, "the client hears of what it follows");
    stop.abort();
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}, 30_000);

/** How often the server has said that it is ready. */
function countStarts(stdout: ReadableStream<Uint8Array>): () => number {
  const decoder = new TextDecoder();
  let text = "";
  void (async () => {
    for await (const chunk of stdout) text += decoder.decode(chunk, { stream: true });
  })();
  return () => text.split("Stop it with Ctrl-C.").length - 1;
}

/** One that nobody has at the moment. */
function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port = 0 } = server;
  server.stop(true);
  return port;
}
