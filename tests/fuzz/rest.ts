// Tools over REST: the query of a GET, the body of a POST.
import { route } from "../../src/http/rest.ts";
import { textKeys } from "../../src/tools/from-text.ts";
import { tools } from "../../src/tools/index.ts";
import type { Tool } from "../../src/tools/tool.ts";
import type { Random } from "../harness/random.ts";
import { inTime, type Program, Stage } from "./child.ts";
import type { Face } from "./face.ts";
import { HttpChild } from "./http-child.ts";
import { hostileText, KEYS, type Known, toJsonText, toolInput } from "./values.ts";
import { checkAnswer, checkText, parsed, short, Violation } from "./verdict.ts";

const STATUSES = [200, 400, 401, 403, 404, 405, 409, 413, 415];
const QUERY_CHARS_MAX = 6_000;
const TASKS = 5;

export async function restFace(program: Program): Promise<Face> {
  const stage = new Stage();
  const server = await HttpChild.start(program, stage);
  const known = { taskIds: await makeTasks(server), workspaces: [stage.workspace, stage.other, "", "relative", "/"] };
  return {
    name: "rest",
    round: async (random, tell) => {
      const { url, init } = restRequest(random, known, server);
      tell(`${init.method} ${url} ${JSON.stringify(init.headers)} ${String(init.body ?? "")}`);
      const response = await inTime(fetch(url, init), () => url);
      const text = await inTime(response.text(), () => url);
      if (!STATUSES.includes(response.status)) throw new Violation(`status ${response.status}: ${short(text)}`);
      checkText(text, stage.places);
      checkAnswer(parsed(text), stage.places);
      if ((response.status === 200) === text.startsWith('{"error"'))
        throw new Violation(`${response.status}: ${short(text)}`);
    },
    check: () => server.check(),
    close: async () => {
      await server.child.close();
      stage[Symbol.dispose]();
    },
  };
}

function restRequest(random: Random, known: Known, server: HttpChild): { url: string; init: RequestInit } {
  const tool = random.pick(tools);
  const { method, path } = route(tool);
  const headers: Record<string, string> = {};
  if (random.isTrue(0.5)) headers["authorization"] = `Bearer ${server.token}`;
  if (method === "GET")
    return { url: `${server.origin}${path}${query(random, tool, known)}`, init: { method, headers } };
  if (!random.isTrue(0.05))
    headers["content-type"] = random.pick(["application/json", "application/json; charset=utf-8"]);
  if (random.isTrue(0.1)) headers["idempotency-key"] = random.pick(["one", "two", "x".repeat(300)]);
  const body = toJsonText(toolInput(random, tool, known));
  return {
    url: `${server.origin}${path}`,
    init: { method, headers, body: random.isTrue(0.03) ? body.slice(0, -1) : body },
  };
}

function query(random: Random, tool: Tool, known: Known): string {
  const parts: string[] = [];
  for (const { key, kind, choices } of textKeys(tool)) {
    if (!random.isTrue(0.5)) continue;
    const good = choices.length > 0 ? random.pick(choices) : kind === "number" ? "3" : random.pick(known.taskIds);
    parts.push(`${key}=${encoded(random.isTrue(0.4) ? good : hostileText(random))}`);
  }
  if (random.isTrue(0.2)) parts.push(`${encoded(random.pick(KEYS))}=${encoded(hostileText(random))}`);
  if (random.isTrue(0.05))
    parts.push(random.pick(["%", "%zz=1", "=&=&", "a[]=1&a[]=2", "%00=%00", "&&&", "id=1&id=2"]));
  return parts.length > 0 ? `?${random.shuffled(parts).join("&").slice(0, QUERY_CHARS_MAX)}` : "";
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

async function makeTasks(server: HttpChild): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < TASKS; made++) {
    const response = await fetch(`${server.origin}/v1/task/create`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: `task ${made}`, needs: ids.slice(-1) }),
    });
    ids.push(((await response.json()) as { id: string }).id);
  }
  return ids;
}
