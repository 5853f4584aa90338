// Real clients, installed into a folder of their own, in a home of their own: after `cadre setup` each one's own list
// shows cadre; after `--undo` each one's file is what it was, to the byte. `bun run clients --real` fetches them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/folder.ts";
import { type Outcome, run } from "./place.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

interface RealClient {
  readonly id: string;
  readonly package: string;
  readonly list: readonly [string, ...string[]];
  /** What its list says of a server that answers. */
  readonly says: RegExp;
  readonly file: string;
  /** A file that a user might have. */
  readonly text: string;
}

const CLIENTS: readonly RealClient[] = [
  {
    id: "claude-code",
    package: "@anthropic-ai/claude-code@2.1.329",
    list: ["claude", "mcp", "list"],
    says: /cadre: .*Connected/,
    file: ".claude.json",
    text: '{\n  "numStartups": 3\n}\n',
  },
  {
    id: "codex",
    package: "@openai/codex@0.169.0",
    list: ["codex", "mcp", "list"],
    says: /cadre .*enabled/,
    file: ".codex/config.toml",
    text: '# mine\nmodel = "o9" # this one\n',
  },
  {
    id: "gemini-cli",
    package: "@google/gemini-cli@0.61.0",
    list: ["gemini", "mcp", "list"],
    // In a folder that its user does not trust, it starts no servers.
    says: /cadre: .*\((stdio)\) - (Connected|Disabled)/,
    file: ".gemini/settings.json",
    text: '{\n  // mine\n  "ui": { "theme": "Default" }\n}\n',
  },
  {
    id: "qwen-code",
    package: "@qwen-code/qwen-code@0.24.4",
    list: ["qwen", "mcp", "list"],
    says: /cadre: .*Connected/,
    file: ".qwen/settings.json",
    text: '{\n  // mine\n  "ui": {}\n}\n',
  },
  {
    id: "opencode",
    package: "opencode-ai@1.18.33",
    list: ["opencode", "mcp", "list"],
    says: /cadre .*connected/,
    file: ".config/opencode/opencode.json",
    text: '{\n  // mine\n  "share": "disabled",\n}\n',
  },
  {
    id: "copilot-cli",
    package: "@github/copilot@1.0.102",
    list: ["copilot", "mcp", "list"],
    says: /cadre \(local\)/,
    file: ".copilot/mcp-config.json",
    text: '{\n  // mine\n  "mcpServers": {},\n}\n',
  },
];

export async function realClients(): Promise<Outcome[]> {
  using folder = tempFolder();
  const place = join(folder.path, "clients");
  const home = join(folder.path, "home");
  mkdirSync(place);
  const packages = CLIENTS.map((client) => client.package);
  const fetched = await run(["npm", "install", "--no-audit", "--no-fund", "--prefix", place, ...packages], place);
  if (fetched.exit !== 0) return [{ name: "real clients", problems: [fetched.output.slice(-500)], detail: "" }];
  for (const { file, text } of CLIENTS) {
    mkdirSync(join(home, file, ".."), { recursive: true });
    writeFileSync(join(home, file), text);
  }
  const env = {
    HOME: home,
    PATH: `${join(place, "node_modules/.bin")}:${process.env["PATH"]}`,
    CADRE_HOME: join(folder.path, "data"),
    NO_COLOR: "1",
  };
  const cadre = (...args: string[]) => run([process.execPath, MAIN, ...args], home, env);
  // What a client writes into its own file at its first start is not ours.
  await Promise.all(CLIENTS.map(({ list }) => run(list, home, env)));
  const before = CLIENTS.map(({ file }) => readFileSync(join(home, file)));

  const setup = await cadre("setup", "--yes");
  const listed = await Promise.all(CLIENTS.map(({ list }) => run(list, home, env)));
  const undone = await cadre("setup", "--undo", "--yes");

  return CLIENTS.map(({ id, says, file }, at) => {
    const problems: string[] = [];
    if (setup.exit !== 0) problems.push(`setup left with ${setup.exit}: ${setup.output.slice(-300)}`);
    if (undone.exit !== 0) problems.push(`--undo left with ${undone.exit}: ${undone.output.slice(-300)}`);
    if (!says.test(plain(listed[at]?.output ?? ""))) problems.push(`its list says: ${listed[at]?.output.slice(-300)}`);
    if (!readFileSync(join(home, file)).equals(before[at] ?? Buffer.alloc(0)))
      problems.push(`${file} is not what it was`);
    return {
      name: `setup for ${id}`,
      problems,
      detail: "lists cadre after setup; its file is what it was after --undo",
    };
  });
}

function plain(output: string): string {
  return Bun.stripANSI(output);
}
