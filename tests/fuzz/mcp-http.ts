// Tools over MCP on HTTP, in both eras of the protocol.
import { isRecord } from "../../src/base/json.ts";
import type { Random } from "../harness/random.ts";
import { inTime, type Program, Stage } from "./child.ts";
import type { Face } from "./face.ts";
import { HttpChild } from "./http-child.ts";
import { callText, makeTasks } from "./mcp-stdio.ts";
import { hostileText } from "./values.ts";
import { checkMessage, checkText, parsed, short, Violation } from "./verdict.ts";

const MODERN = "2026-07-28";
const LEGACY = "2025-11-25";
const META = JSON.stringify({
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientCapabilities": {},
});
const STATUSES = [200, 202, 400, 401, 403, 404, 406, 409, 413, 415];

export async function mcpHttpFace(program: Program): Promise<Face> {
  const stage = new Stage();
  const server = await HttpChild.start(program, stage);
  const post = async (body: string, headers: Record<string, string>) => {
    const request = fetch(`${server.origin}/mcp`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      body,
    });
    const response = await inTime(request, () => short(body));
    const text = await inTime(response.text(), () => short(body));
    return { response, text };
  };
  const greeting = { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: "fuzz", version: "1" } };
  const hello = await post(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params: greeting }), {});
  const session = hello.response.headers.get("mcp-session-id") ?? "";
  const legacy = { "mcp-session-id": session, "mcp-protocol-version": LEGACY };
  const authorization = `Bearer ${server.token}`;
  const taskIds = await makeTasks(async (name, input) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: input } });
    return messagesIn((await post(body, legacy)).text).find((message) => message["id"] === 1) ?? {};
  });
  const known = { taskIds, workspaces: [stage.workspace, stage.other, "", "relative", "/"] };
  let id = 1;
  return {
    name: "mcp-http",
    round: async (random, tell) => {
      id++;
      const isModern = random.isTrue(0.5);
      const call = callText(random, known);
      const text = isModern ? withMeta(call) : call;
      const body = `{"jsonrpc":"2.0","id":${id},${text}}`;
      tell(body);
      const era: Record<string, string> = isModern ? modernHeaders(text) : legacy;
      const token: Record<string, string> = random.isTrue(0.5) ? { authorization } : {};
      const { response, text: answer } = await post(body, { ...era, ...token, ...oddHeaders(random) });
      if (!STATUSES.includes(response.status)) throw new Violation(`status ${response.status}: ${short(answer)}`);
      checkText(answer, stage.places);
      const messages = response.headers.get("content-type")?.includes("json") ? [parsed(answer)] : messagesIn(answer);
      for (const message of messages) checkRefusalOrMessage(message, stage);
      if (response.status !== 202 && messages.length === 0) throw new Violation(`no message: ${short(answer)}`);
    },
    check: () => server.check(),
    close: async () => {
      await server.child.close();
      stage[Symbol.dispose]();
    },
  };
}

/** What the doors refuse is told in the words of REST. */
function checkRefusalOrMessage(message: unknown, stage: Stage): void {
  if (isRecord(message) && message["jsonrpc"] === undefined && isRecord(message["error"])) {
    return checkMessage(
      { jsonrpc: "2.0", error: { code: -32_600, message: "", data: message["error"] } },
      stage.places,
    );
  }
  checkMessage(message, stage.places);
}

function withMeta(call: string): string {
  return call.replace(/"params":\{(?=(.))/, (_start, next) => `"params":{"_meta":${META}${next === "}" ? "" : ","}`);
}

/** What a client of the newer era has to repeat of the body. */
function modernHeaders(call: string): Record<string, string> {
  const method = /^"method":"([\w/]{1,100})"/.exec(call)?.[1] ?? "tools/call";
  const name = /"params":\{"_meta":\{[^}]*\}\},"(?:name|uri)":"([\w:/.-]{0,500})"/.exec(call)?.[1];
  return { "mcp-protocol-version": MODERN, "mcp-method": method, ...(name ? { "mcp-name": name } : {}) };
}

function oddHeaders(random: Random): Record<string, string> {
  if (!random.isTrue(0.1)) return {};
  // What cannot stand in a header is the socket fuzzer's business.
  const value = encodeURIComponent(hostileText(random).toWellFormed()).slice(0, 2_000);
  const name = random.pick([
    "x-cadre-workspace",
    "x-mcp-toolsets",
    "x-mcp-tools",
    "x-mcp-exclude-tools",
    "x-mcp-readonly",
    "mcp-session-id",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "x-request-id",
    "traceparent",
    "accept",
    "content-type",
    "last-event-id",
    "authorization",
  ]);
  return { [name]: value };
}

function messagesIn(stream: string): Record<string, unknown>[] {
  return stream
    .split("\n")
    .filter((line) => line.startsWith("data: ") && line.length > 6)
    .map((line) => parsed(line.slice(6)) as Record<string, unknown>);
}
