// cadre itself with one tool more, which does nothing: what is left is the way that every call goes, through
// protocol, schema, deadline, counters and answer. `--http` serves it there, anything else over stdio.
import { z } from "zod";
import { Cadre } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { HttpServer } from "../../../src/http/server.ts";
import { McpOverHttp } from "../../../src/mcp/http.ts";
import { serveOverStdio } from "../../../src/mcp/stdio.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { tools } from "../../../src/tools/index.ts";
import { defineTool } from "../../../src/tools/tool.ts";

const Said = z.object({ text: z.string().max(100) });
const noop = defineTool({
  name: "noop",
  title: "Do nothing",
  summary: "Says what it was told.",
  effect: "read",
  toolset: "task",
  input: Said,
  output: Said,
  run: async (_app, input) => input,
});

const VERSION = "0.0.0";
const { host } = runtime;
host.reserveStdout();
const cadre = new Cadre(runtime, await loadConfig(host, { port: 0 }), [...tools, noop]);
const { clock, caller } = cadre;

if (host.args[0] === "--http") {
  const app = await cadre.open();
  const mcp = new McpOverHttp(cadre.mcpParts(VERSION), async () => app.sql, clock);
  await new HttpServer({ ...cadre.httpParts(VERSION, app), mcp }).serve(false);
  await mcp.close();
} else {
  await serveOverStdio(runtime, clock, cadre.mcpParts(VERSION), caller);
}
await cadre.close();
host.exit(0);
