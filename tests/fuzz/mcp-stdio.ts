// Tools over MCP on stdin and stdout.
import { isRecord, nesting } from "../../src/base/json.ts";
import { JSON_DEPTH_MAX, STDIO_MESSAGE_BYTES_MAX } from "../../src/base/limits.ts";
import { toolsAndAliases } from "../../src/tools/index.ts";
import type { Random } from "../harness/random.ts";
import { type Program, Stage } from "./child.ts";
import { type Face, RSS_BYTES_MAX } from "./face.ts";
import { StdioClient } from "./stdio-client.ts";
import { anything, hostileText, KEYS, toJsonText, toolInput } from "./values.ts";
import { Violation } from "./verdict.ts";

const TASKS = 5;

export async function mcpStdioFace(program: Program): Promise<Face> {
  const stage = new Stage();
  const client = new StdioClient(program, stage, true);
  await client.open();
  const taskIds = await makeTasks((name, input) => client.request("tools/call", { name, arguments: input }));
  const known = { taskIds, workspaces: [stage.workspace, stage.other, "", "relative", "/"] };
  return {
    name: "mcp-stdio",
    round: async (random, tell) => {
      const id = client.nextId();
      const line = `{"jsonrpc":"2.0","id":${id},${callText(random, known)}}`;
      tell(line);
      if (nesting(line) > JSON_DEPTH_MAX || line.length > STDIO_MESSAGE_BYTES_MAX) await client.sendUnreadable(line);
      else await client.sendText(id, line);
    },
    check: async () => {
      await client.request("ping");
      client.check();
      client.child.checkHealth(RSS_BYTES_MAX);
    },
    close: async () => {
      await client.child.close();
      stage[Symbol.dispose]();
    },
  };
}

/** Method and params of one request as JSON text: mostly a tool call, now and then something beside it. */
export function callText(random: Random, known: { taskIds: readonly string[]; workspaces: readonly string[] }): string {
  if (random.isTrue(0.12)) return besideText(random);
  const tool = random.pick(toolsAndAliases);
  const name = random.isTrue(0.02) ? hostileText(random) : tool.name;
  return `"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":${toJsonText(toolInput(random, tool, known))}}`;
}

function besideText(random: Random): string {
  const text = JSON.stringify(random.isTrue(0.5) ? hostileText(random) : `cadre://task/${hostileText(random)}`);
  const other = toJsonText(anything(random));
  const params = random.pick([
    `"resources/read","params":{"uri":${text}}`,
    `"resources/subscribe","params":{"uri":${text}}`,
    `"resources/unsubscribe","params":{"uri":${text}}`,
    `"resources/read","params":{"uri":${other}}`,
    `"resources/list","params":{"cursor":${other}}`,
    `"tools/list","params":{"cursor":${other},${JSON.stringify(random.pick(KEYS))}:${other}}`,
    `"logging/setLevel","params":{"level":${other}}`,
    `"completion/complete","params":{"ref":{"type":"ref/resource","uri":"cadre://task/{id}"},"argument":{"name":"id","value":${text}}}`,
    `"completion/complete","params":{"ref":{"type":"ref/resource","uri":"cadre://role/{id}"},"argument":{"name":"id","value":${text}}}`,
    `"completion/complete","params":{"ref":${other},"argument":${other}}`,
    `"prompts/get","params":{"name":${text}}`,
    `${text},"params":{}`,
    `"tools/call","params":${other}`,
    `"tools/call","params":{"name":${other}}`,
    `"tools/call","params":{"name":"task_list","arguments":{},"_meta":${other}}`,
    `"tools/call","params":{"name":"task_list","arguments":{},"_meta":{"progressToken":${other}}}`,
    `"ping","params":${other}`,
  ]);
  return `"method":${params}`;
}

/** A few tasks to begin with, so that calls find something. */
export async function makeTasks(
  call: (name: string, input: unknown) => Promise<Record<string, unknown>>,
): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < TASKS; made++) {
    const { result } = await call("task_create", { title: `task ${made}`, needs: ids.slice(-1) });
    const content =
      isRecord(result) && Array.isArray(result["content"]) ? (result["content"][0] as { text: string }) : undefined;
    const answer = content ? (JSON.parse(content.text) as { id?: string }) : {};
    if (!answer.id) throw new Violation("no task could be made to begin with");
    ids.push(answer.id);
  }
  return ids;
}
