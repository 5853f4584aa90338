import { expect, test } from "bun:test";
import { Metrics } from "../../../src/observe/metrics.ts";
import { parseMetrics } from "../../harness/prometheus.ts";

test("text() is Prometheus' format: every sample belongs to a family with help and type", () => {
  const metrics = new Metrics();
  metrics.gauge("cadre_test_gauge", "A gauge.", () => 1.5);
  metrics.toolCalls.add({ tool: "task_list", face: "mcp", outcome: "ok" });
  metrics.toolCalls.add({ tool: "task_list", face: "mcp", outcome: "ok" }, 2);
  metrics.toolSeconds.observe({ tool: "task_list" }, 0.004);
  metrics.toolSeconds.observe({ tool: "task_list" }, 100);

  const families = parseMetrics(metrics.text());

  expect(families.get("cadre_test_gauge")).toMatchObject({
    type: "gauge",
    help: "A gauge.",
    samples: [{ value: 1.5 }],
  });
  expect(families.get("cadre_tool_calls_total")?.samples).toEqual([
    { name: "cadre_tool_calls_total", labels: { tool: "task_list", face: "mcp", outcome: "ok" }, value: 3 },
  ]);
  const samples = families.get("cadre_tool_seconds")?.samples ?? [];
  const bucket = (le: string) => samples.find(({ labels }) => labels["le"] === le)?.value;
  expect([bucket("0.0025"), bucket("0.005"), bucket("60"), bucket("+Inf")]).toEqual([0, 1, 1, 2]);
  expect(samples.slice(-2).map(({ name, value }) => [name, value])).toEqual([
    ["cadre_tool_seconds_sum", 100.004],
    ["cadre_tool_seconds_count", 2],
  ]);
});

test("text() escapes what would break a label", () => {
  const metrics = new Metrics();
  const reason = 'a "quoted" \\ back\nslash';

  metrics.httpRefused.add({ reason });

  expect(parseMetrics(metrics.text()).get("cadre_http_refused_total")?.samples[0]?.labels).toEqual({ reason });
});

test("a family holds a bounded number of series", () => {
  const metrics = new Metrics();

  for (let at = 0; at < 2_000; at++) {
    metrics.httpRequests.add({ route: `/${at}` });
    metrics.httpSeconds.observe({ route: `/${at}` }, 1);
  }
  metrics.httpRequests.add({ route: "/1" });

  const samples = parseMetrics(metrics.text()).get("cadre_http_requests_total")?.samples ?? [];
  expect(samples).toHaveLength(1_000);
  expect(samples.find(({ labels }) => labels["route"] === "/1")?.value).toBe(2);
  expect(Object.keys(metrics.toJSON()["cadre_http_seconds"] as object)).toHaveLength(1_000);
});

test("toJSON() says the same as the text", () => {
  const metrics = new Metrics();
  metrics.gauge("cadre_test_gauge", "A gauge.", () => 7);
  metrics.toolCalls.add({ tool: "a" });
  metrics.toolSeconds.observe({ tool: "a" }, 0.5);

  expect(metrics.toJSON()).toMatchObject({
    cadre_test_gauge: 7,
    cadre_tool_calls_total: { '{tool="a"}': 1 },
    cadre_tool_seconds: { '{tool="a"}': { count: 1, seconds: 0.5 } },
  });
});
