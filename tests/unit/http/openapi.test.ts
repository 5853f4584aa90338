import { expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { openapi } from "../../../src/http/openapi.ts";
import { tools } from "../../../src/tools/index.ts";
import { startServer } from "../../harness/server.ts";

interface Operation {
  readonly operationId: string;
  readonly security?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[];
}

function operations(description: Record<string, unknown>): Map<string, Operation> {
  const paths = description["paths"] as Record<string, Record<string, Operation>>;
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
}

test("/v1/openapi.json is valid OpenAPI 3.1 by the official schema", async () => {
  await using server = await startServer();
  const { headers, body } = await server.get("/v1/openapi.json");
  const validator = new Validator();

  const { valid, errors } = await validator.validate(body);

  expect(errors).toBeUndefined();
  expect([valid, validator.version, headers.get("content-type")]).toEqual([true, "3.1", "application/json"]);
});

test("the validator finds fault with a description that is wrong", async () => {
  const wrong = structuredClone(openapi(tools, { version: "1", basePath: "" })) as { paths: Record<string, object> };
  wrong.paths["/v1/task/list"] = { get: { responses: { 200: {} }, parameters: [{ name: "x", in: "nowhere" }] } };

  expect((await new Validator().validate(wrong)).valid).toBe(false);
});

test("every tool is one operation, by its method and path", () => {
  const found = operations(openapi(tools, { version: "1", basePath: "" }));

  expect([...found.keys()].toSorted()).toEqual([
    "GET /v1/artifact/list",
    "GET /v1/artifact/show",
    "GET /v1/citation/check",
    "GET /v1/cluster/status",
    "GET /v1/code/analyze",
    "GET /v1/cost/report",
    "GET /v1/events",
    "GET /v1/execution/list",
    "GET /v1/execution/show",
    "GET /v1/file/list",
    "GET /v1/file/read",
    "GET /v1/file/search",
    "GET /v1/kernel/list",
    "GET /v1/provider/list",
    "GET /v1/role/list",
    "GET /v1/role/show",
    "GET /v1/run/graph",
    "GET /v1/run/list",
    "GET /v1/run/show",
    "GET /v1/scan/list",
    "GET /v1/scan/show",
    "GET /v1/schedule/list",
    "GET /v1/server/list",
    "GET /v1/session/list",
    "GET /v1/session/status",
    "GET /v1/session/synthesize",
    "GET /v1/task/graph",
    "GET /v1/task/list",
    "GET /v1/task/show",
    "GET /v1/template/list",
    "GET /v1/template/show",
    "GET /v1/tool/list",
    "GET /v1/web/fetch",
    "GET /v1/web/search",
    "GET /v1/webhook/list",
    "GET /v1/workflow/graph",
    "GET /v1/workflow/list",
    "GET /v1/workflow/show",
    "GET /v1/workflow/validate",
    "POST /v1/code/run",
    "POST /v1/document/write",
    "POST /v1/kernel/close",
    "POST /v1/run/cancel",
    "POST /v1/run/resume",
    "POST /v1/run/retry",
    "POST /v1/run/signal",
    "POST /v1/run/start",
    "POST /v1/schedule/create",
    "POST /v1/schedule/delete",
    "POST /v1/session/cleanup",
    "POST /v1/session/close",
    "POST /v1/session/resume",
    "POST /v1/session/run",
    "POST /v1/session/start",
    "POST /v1/task/append",
    "POST /v1/task/complete",
    "POST /v1/task/create",
    "POST /v1/task/delete",
    "POST /v1/task/plan",
    "POST /v1/task/restore",
    "POST /v1/task/start",
    "POST /v1/task/update",
    "POST /v1/tool/call",
    "POST /v1/webhook/create",
    "POST /v1/webhook/delete",
    "POST /v1/webhook/replay",
  ]);
  const ids = [...found.values()].map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("what destroys needs the token, what writes takes an idempotency key, what reads takes a query", () => {
  const found = operations(openapi(tools, { version: "1", basePath: "" }));

  expect(found.get("POST /v1/task/delete")?.security).toEqual([{ token: [] }]);
  expect(found.get("POST /v1/task/create")).toMatchObject({ parameters: [{ name: "Idempotency-Key" }] });
  expect(found.get("GET /v1/task/show")?.parameters).toMatchObject([
    { name: "id", required: true },
    { name: "draft" },
    { name: "executions" },
  ]);
  expect(found.get("GET /v1/task/list")?.parameters?.map(({ name }) => name)).toEqual([
    "status",
    "role",
    "text",
    "limit",
    "cursor",
    "archived",
    "language",
    "parent",
    "commits",
    "workspace",
  ]);
});

test("a tool that is switched off is not described", async () => {
  await using server = await startServer({ settings: { read_only: "true" } });

  const { body } = await server.get("/v1/openapi.json");

  expect([...operations(body).keys()].filter((key) => key.startsWith("POST"))).toEqual([]);
});
