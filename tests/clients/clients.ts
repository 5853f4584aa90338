// cadre under the clients of others: `bun run clients`. The official conformance suite in two versions, the MCP
// Inspector's command line with its strict schema lint, and the SDK's clients of both lines. They have a
// package.json of their own and are installed by this run, never by the gate.
import { join } from "node:path";
import { tempFolder } from "../harness/folder.ts";
import { startHttpProcess } from "../harness/process.ts";
import { conformance } from "./conformance.ts";
import { inspector } from "./inspector.ts";
import type { Outcome } from "./place.ts";
import { realClients } from "./real-clients.ts";
import { sdkClients } from "./sdk.ts";

const HERE = import.meta.dirname;

const isReal = process.argv.includes("--real");

if (!isReal) await install();
using folder = tempFolder();
const env = { CADRE_HOME: join(folder.path, "home") };
await using server = await startHttpProcess([], { env, cwd: folder.path });
const place = { origin: server.origin, home: env.CADRE_HOME, folder: folder.path };

const outcomes: Outcome[] = isReal
  ? await realClients()
  : [...(await conformance(place)), ...(await inspector(place)), ...(await sdkClients(place))];

for (const { name, problems, detail } of outcomes) {
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"}  ${name.padEnd(nameWidth())}  ${detail}`);
  for (const problem of problems) console.log(`          ${problem}`);
}
const failed = outcomes.filter(({ problems }) => problems.length > 0);
console.log(`${outcomes.length - failed.length} of ${outcomes.length} are as they should be`);
if (server.stderr() !== "") console.log(server.stderr());
process.exitCode = failed.length === 0 ? 0 : 1;

function nameWidth(): number {
  return Math.max(...outcomes.map(({ name }) => name.length));
}

async function install(): Promise<void> {
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile", "--silent"], {
    cwd: HERE,
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error("the clients could not be installed");
}
