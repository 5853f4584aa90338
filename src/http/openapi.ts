import { ERROR_CODES } from "../base/errors.ts";
import { inputSchema, type JsonSchema, outputSchema } from "../tools/schema.ts";
import type { Tool } from "../tools/tool.ts";
import { route } from "./rest.ts";

interface Described {
  readonly version: string;
  readonly basePath: string;
}

/** The REST face as OpenAPI 3.1, for clients that are made from it. */
export function openapi(tools: readonly Tool[], { version, basePath }: Described): Record<string, unknown> {
  const own = tools.filter((tool) => !tool.aliasOf);
  return {
    openapi: "3.1.0",
    info: {
      title: "cadre",
      version,
      description: "The same tools that cadre serves over MCP, for scripts.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: basePath || "/" }],
    tags: [...new Set(own.map(({ toolset }) => toolset))].map((name) => ({ name })),
    security: [{}, { token: [] }],
    paths: {
      ...Object.fromEntries(
        own.map((tool) => [route(tool).path, { [route(tool).method.toLowerCase()]: operation(tool) }]),
      ),
      "/v1/events": { get: eventsOperation() },
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Error: errorSchema() },
    },
  };
}

function operation(tool: Tool): Record<string, unknown> {
  const input = inputSchema(tool);
  return {
    operationId: tool.name,
    summary: tool.title,
    description: tool.summary,
    tags: [tool.toolset],
    ...(tool.effect === "destroy" ? { security: [{ token: [] }] } : {}),
    ...(tool.effect === "read"
      ? { parameters: queryParameters(input) }
      : { parameters: [idempotencyKey()], requestBody: { required: true, ...json(input) } }),
    responses: {
      200: { description: "The answer.", ...json(outputSchema(tool)) },
      default: { description: "Why not, and what to do next.", ...json({ $ref: "#/components/schemas/Error" }) },
    },
  };
}

/** Rare inputs stand beside the others in a query. */
function queryParameters(input: JsonSchema): unknown[] {
  const properties = (input["properties"] ?? {}) as Record<string, JsonSchema>;
  const { options, ...plain } = properties;
  const rare = (options?.["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (input["required"] ?? []) as string[];
  return Object.entries({ ...plain, ...rare }).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name) && schema["default"] === undefined,
    ...(description ? { description } : {}),
    schema,
  }));
}

function idempotencyKey(): unknown {
  return {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "Sent again with the same key, the request happens once and gets the same answer.",
    schema: { type: "string", minLength: 1 },
  };
}

function eventsOperation(): Record<string, unknown> {
  const text = { type: "string" };
  return {
    operationId: "events",
    summary: "Follow the log",
    description: "Server-sent events. The id of each is its number; Last-Event-ID or after goes on from there.",
    parameters: [
      { name: "after", in: "query", schema: { type: "integer", minimum: 0 } },
      { name: "workspace", in: "query", schema: text },
      { name: "task", in: "query", schema: text },
      {
        name: "run",
        in: "query",
        description: "All that has happened in it, then what does, up to its end; then the stream ends.",
        schema: text,
      },
      { name: "type", in: "query", schema: text },
      { name: "Last-Event-ID", in: "header", schema: text },
    ],
    responses: { 200: { description: "The stream.", content: { "text/event-stream": { schema: text } } } },
  };
}

function errorSchema(): JsonSchema {
  const text = { type: "string" };
  return {
    type: "object",
    required: ["error"],
    properties: {
      error: {
        type: "object",
        required: ["code", "message", "hint", "retry", "request_id"],
        properties: {
          code: { type: "string", enum: Object.keys(ERROR_CODES) },
          message: text,
          hint: text,
          retry: { type: "boolean" },
          retry_after_ms: { type: "integer" },
          request_id: text,
          fields: { type: "array", items: { type: "object", properties: { path: text, message: text } } },
        },
      },
    },
  };
}

function json(schema: JsonSchema): Record<string, unknown> {
  return { content: { "application/json": { schema } } };
}
