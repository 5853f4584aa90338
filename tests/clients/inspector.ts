// The MCP Inspector's command line: its schema lint at its strictest, and a call, over both transports in each era.
import { join } from "node:path";
import { type Outcome, type Place, run } from "./place.ts";

const HERE = import.meta.dirname;
const PROGRAM = join(HERE, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const MAIN = join(HERE, "../../src/main.ts");
const ERAS = ["legacy", "auto", "modern"] as const;

/** Every tool that there is, under every name that it has had. */
const ALL = "task,admin,classic";

export async function inspector(place: Place): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const transport of ["stdio", "http"] as const) {
    for (const era of ERAS) outcomes.push(await inspect(transport, era, place));
  }
  return outcomes;
}

async function inspect(transport: "stdio" | "http", era: (typeof ERAS)[number], place: Place): Promise<Outcome> {
  const ask = async (...args: string[]) => {
    const target = targetOf(transport, place);
    const options = ["--format", "json", "--protocol-era", era, ...args];
    return run([process.execPath, PROGRAM, "--cli", ...target, ...options], place.folder);
  };
  const listed = await ask("--method", "tools/list", "--strict");
  const title = `Over ${transport}, ${era}`;
  const called = await ask("--method", "tools/call", "--tool-name", "task_create", "--tool-arg", `title=${title}`);
  const problems: string[] = [];
  if (listed.exit !== 0) problems.push(`tools/list --strict left with ${listed.exit}: ${listed.output.slice(-500)}`);
  if (called.exit !== 0 || !called.output.includes(title)) problems.push(`tools/call: ${called.output.slice(-500)}`);
  const tools = problems.length === 0 ? namesIn(listed.output).length : 0;
  return {
    name: `inspector ${transport} ${era}`,
    problems,
    detail: `${tools} tools pass the strict lint, one is called`,
  };
}

function targetOf(transport: "stdio" | "http", { origin, home }: Place): string[] {
  if (transport === "stdio") return [process.execPath, MAIN, "--home", home, "--toolsets", ALL];
  return [`${origin}/mcp`, "--transport", "http", "--header", `X-MCP-Toolsets: ${ALL}`];
}

function namesIn(output: string): string[] {
  const { result } = JSON.parse(output) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}
