import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../harness/condition.ts";
import { answerAll, type MockModels, mockModels } from "../../harness/models.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { readSse } from "../../harness/sse.ts";
import { serveWeb } from "../../harness/web.ts";

async function withModels<T>(
  work: (server: TestServer, models: MockModels) => Promise<T>,
  latency = 0,
  settings: Record<string, string> = {},
): Promise<T> {
  await using models = await mockModels();
  await using server = await startServer({ settings: { open: "true", ...settings } });
  const { config } = server.cadre.config.folders;
  mkdirSync(config, { recursive: true, mode: 0o700 });
  models.writeFile(join(config, "models.yaml"));
  answerAll(models.mock, "A text of the model, which goes on for a while. ".repeat(5), { latency });
  server.app.worker.start();
  return await work(server, models);
}

describe.each(["", "/mcp"])("under %p", (prefix) => {
  test("research is begun, asked for, listed and streamed as before", () =>
    withModels(async (server) => {
      const { status, body } = await server.post(`${prefix}/tools/orchestrate_research`, {
        task: "Impact of tides on pears",
        title: "Tides",
        num_agents: 3,
        provider_name: "openai",
        parallel_execution: false,
      });

      // A copy: the matcher writes into what it is given.
      expect({ status, body: { ...body } }).toMatchObject({
        status: 200,
        body: {
          success: true,
          task_id: expect.stringMatching(/^research_[a-f0-9]{12}$/),
          orchestrator_type: "research",
        },
      });
      await using stream = await readSse(`${server.origin}${prefix}${body.stream_url}`);
      await stream.ended;
      const types = stream.frames.map(({ event }) => event);
      expect(types).toEqual([
        "workflow_start",
        "decomposition_start",
        "decomposition_complete",
        "agent_start",
        "agent_progress",
        "agent_complete",
        "synthesis_start",
        "synthesis_complete",
        "document_generation_start",
        "document_generation_complete",
        "workflow_complete",
        "stream_closed",
      ]);
      expect(stream.frames[3]?.data).toEqual({
        event_type: "agent_start",
        task_id: body.task_id,
        timestamp: expect.any(String),
        data: { agent_id: "work[0].worker", step: "work[0].worker.reply-1" },
      });
      const shown = await server.post(`${prefix}/tools/get_orchestration_status`, { task_id: body.task_id });
      expect(shown.body).toMatchObject({
        success: true,
        status: "completed",
        config: { task: "Impact of tides on pears", title: "Tides", agents: 3, concurrency: 1, model: "openai,smart" },
        created_at: expect.any(String),
        completed_at: expect.any(String),
        execution_time: expect.any(Number),
        total_cost: expect.any(Number),
        result: { title: "Tides" },
      });
    }));
});

test("a search uses the kinds that it is allowed", () =>
  withModels(async (server, models) => {
    const { body } = await server.post("/tools/orchestrate_search", {
      query: "pears in winter",
      allowed_agent_types: ["news", "text"],
      provider_name: "openai",
    });
    await using stream = await readSse(`${server.origin}${body.stream_url}`);
    await stream.ended;

    const { body: ended } = await server.post("/tools/get_orchestration_status", { task_id: body.task_id });

    expect(ended).toMatchObject({ status: "completed", result: { agents: [{ type: "text" }] } });
    expect(JSON.stringify(models.mock.getRequests()[0]?.body)).toContain("Kinds: text, news");
  }));

test.each([
  ["orchestrate_research", { task: "x" }, "task: "],
  ["orchestrate_research", { task: "long enough", num_agents: 21 }, "num_agents: "],
  ["orchestrate_research", { task: "long enough", document_formats: ["html"] }, "document_formats.0: "],
  ["orchestrate_research", { task: "long enough", provider_name: "X-AI" }, "provider_name: "],
  ["orchestrate_research", { task: "long enough", webhook_url: "ftp://x" }, "webhook_url: "],
  ["orchestrate_search", { query: "abc" }, "query: "],
  ["orchestrate_search", { query: "pears", allowed_agent_types: ["smell"] }, "allowed_agent_types.0: "],
  ["get_orchestration_status", { task_id: "nonsense" }, "task_id: "],
  ["execute_registered_tool", {}, "tool_name: "],
])("%s of %j is refused with a list of what is wrong", (name, given, says) =>
  withModels(async (server) => {
    const { status, body } = await server.post(`/tools/${name}`, given);

    expect({ status, success: body.success }).toEqual({ status: 400, success: false });
    expect(body.validation_errors.join("\n")).toContain(says);
  }),
);

test("what is private is no webhook, and nothing is begun", () =>
  withModels(async (server) => {
    const given = { task: "long enough", webhook_url: "http://127.0.0.1:1/hook" };

    const { body } = await server.post("/tools/orchestrate_research", given);

    expect(body).toMatchObject({ success: false, error: expect.stringContaining("leads inside") });
    expect((await server.get("/v1/run/list")).body.runs).toEqual([]);
  }));

test("a provider without a key is told by its variable", async () => {
  await using server = await startServer({ settings: { open: "true" } });

  const { status, body } = await server.post("/tools/orchestrate_research", {
    task: "long enough",
    provider_name: "groq",
    model: "x",
  });
  server.app.worker.start();

  expect({ status, success: body.success }).toEqual({ status: 200, success: true });
  expect(body.waits_for ?? body.status).toBeDefined();
});

test("the tools are listed, and called by name", () =>
  withModels(async (server) => {
    const listed = await server.post("/tools/list_registered_tools", {});
    const called = await server.post("/tools/execute_registered_tool", {
      tool_name: "role_show",
      arguments: { id: "tester" },
    });
    const patterns = await server.post("/tools/list_orchestrator_patterns", {});
    const none = await server.post("/tools/nonsense", {});

    expect(listed.body.tools.length).toBeGreaterThan(40);
    expect(called.body).toMatchObject({ success: true, tool: "role_show", result: { id: "tester" } });
    expect(patterns.body.patterns.map(({ pattern }: { pattern: string }) => pattern)).toContain("research");
    expect({ status: none.status, success: none.body.success }).toEqual({ status: 404, success: false });
  }));

test("webhooks are registered for a piece of research, and taken back", () =>
  withModels(async (server) => {
    const { body } = await server.post("/tools/orchestrate_research", { task: "long enough", provider_name: "openai" });

    const made = await server.post("/webhook/register", {
      task_id: body.task_id,
      webhook_url: "https://example.com/hook",
    });
    const gone = await server.post("/webhook/unregister", { task_id: body.task_id });

    expect(made.body).toMatchObject({ success: true, webhook_id: expect.stringMatching(/^webhook_/) });
    expect(gone.body).toEqual({ success: true, removed: 1 });
  }));

test("who is named at the start is told in the old words", async () => {
  const told: { event_type: string; task_id: string }[] = [];
  const listener = serveWeb(async (request) => {
    told.push((await request.json()) as (typeof told)[number]);
    return new Response("thank you");
  });
  await withModels(
    async (server) => {
      const { body } = await server.post("/tools/orchestrate_research", {
        task: "long enough",
        provider_name: "openai",
        webhook_url: `http://127.0.0.1:${listener.port}/hook`,
      });
      server.app.webhooks.start();
      await until(() => told.some(({ event_type }) => event_type === "workflow_complete"), "the end is told", 60_000);

      expect(body.webhook).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
      expect([...new Set(told.map(({ task_id }) => task_id))]).toEqual([body.task_id]);
      expect(told.map(({ event_type }) => event_type)).toContain("agent_complete");
    },
    0,
    { webhook_networks: "127.0.0.1" },
  );
  await listener.stop();
});

test("a stream tells what agents say while they say it", () =>
  withModels(async (server) => {
    const { body } = await server.post("/v1/run/start", {
      workflow: "sequential",
      inputs: { task: "Write about pears", stages: ["Draft"] },
      wait: "0s",
    });
    await using stream = await readSse(`${server.origin}/v1/events?run=${body.id}&deltas=1`);
    await stream.ended;

    const deltas = stream.frames.filter(({ event }) => event === "delta");
    expect(deltas.map(({ data }) => data.text).join("")).toBe(
      "A text of the model, which goes on for a while. ".repeat(5),
    );
    expect(deltas[0]?.data).toMatchObject({ run: body.id, agent: "stages[0].stage", kind: "text" });
    expect(stream.frames.at(-1)?.event).toBe("run.completed");
    const refused = await server.get("/v1/events?deltas=1");
    expect(refused.status).toBe(400);
  }, 20));

test("what is counted is shown under the old names too", () =>
  withModels(async (server) => {
    const { body } = await server.post("/v1/run/start", {
      workflow: "vote",
      inputs: { question: "Pear or apple?" },
      wait: "60s",
    });

    const { body: stats } = await server.get("/stats");
    const scraped = await (await fetch(`${server.origin}/metrics`)).text();

    expect(body.status).toBe("completed");
    expect({ ...stats }).toMatchObject({
      total_workflows: 1,
      failed_workflows: 0,
      active_workflows: 0,
      active_streams: 0,
      registered_webhooks: 0,
      by_orchestrator: { vote: { count: 1, errors: 0 } },
    });
    const { avg_duration: average, min_duration: min, max_duration: max } = stats.by_orchestrator.vote;
    expect([average, min]).toEqual([max, max]);
    expect(stats.total_cost).toBeGreaterThan(0);
    expect(scraped).toContain('mcp_workflows_total{orchestrator_type="vote",status="completed"} 1');
    expect(scraped).toContain('mcp_workflow_duration_seconds_count{orchestrator_type="vote"} 1');
    expect(scraped).toContain("mcp_active_workflows 0");
  }));
