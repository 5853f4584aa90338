import { join } from "node:path";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import type { Liveness } from "../../src/base/liveness.ts";
import { Log } from "../../src/observe/log.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { openRooms, type RoomParts, type Rooms } from "../../src/rooms.ts";
import { runtime } from "../../src/runtime/current.ts";
import { openStore } from "../../src/store/open.ts";
import type { Sql } from "../../src/store/sql.ts";
import type { Filter } from "../../src/tools/filter.ts";
import { toolsAndAliases } from "../../src/tools/index.ts";
import { runTools } from "../../src/tools/run-tools.ts";
import type { Call, Tool } from "../../src/tools/tool.ts";
import { Toolbox } from "../../src/tools/toolbox.ts";
import { deathless } from "./deathless.ts";
import { tempFolder } from "./folder.ts";
import { here } from "./here.ts";
import { countingIds } from "./ids.ts";

interface TestAppOptions<C extends Clock> {
  readonly clock?: C;
  /** A file that outlives the test app; by default one of its own. */
  readonly db?: string;
  readonly table?: readonly Tool[];
  readonly filters?: readonly Filter[];
  readonly timeoutMs?: number;
  /** Which processes live; by default all of them. */
  readonly liveness?: Liveness;
  /** Of workflows in the project; by default all are. */
  readonly isTrusted?: RoomParts["isTrusted"];
  /** Where keys of models stand; by default nowhere. */
  readonly modelEnv?: Readonly<Record<string, string>>;
}

export interface TestApp<C extends Clock> extends Rooms {
  readonly clock: C;
  readonly sql: Sql;
  readonly db: string;
  /** Where the user's policy lies, when there is one. */
  readonly policyFile: string;
  /** Where it says which models there are. */
  readonly modelsFile: string;
  /** Where it names other MCP servers. */
  readonly toolServersFile: string;
  readonly packageFolder: string;
  /** A project folder of this test. */
  readonly workspace: string;
  readonly toolbox: Toolbox;
  readonly metrics: Metrics;
  readonly logged: string[];
  /** Calls a tool by name, as a face does. */
  call(name: string, input: unknown, call?: Partial<Call>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const TIMEOUT_MS = 60_000;

/** All rooms below the faces, on a real SQLite file in a temporary folder. */
export async function openTestApp<C extends Clock = Clock>(options: TestAppOptions<C> = {}): Promise<TestApp<C>> {
  const folder = tempFolder();
  const clock = (options.clock ?? systemClock) as C;
  const db = options.db ?? join(folder.path, "data", "cadre.db");
  const workspace = folder.path;
  const packageFolder = join(folder.path, "packages");
  const policyFile = join(folder.path, "policy-of-the-user.yaml");
  const sql = await openStore({ runtime, clock, db, profile: "default", keepCopy: async () => {} }).catch(
    (error: unknown) => {
      folder[Symbol.dispose]();
      throw error;
    },
  );
  // Apps that share a file must not count alike.
  const ids = options.db ? randomIds : countingIds();
  const parts: Rooms = openRooms({
    ...here,
    runTools: {
      names: () => runTools(toolbox).names(),
      facts: (name) => runTools(toolbox).facts(name),
      call: (...given) => runTools(toolbox).call(...given),
    },
    isTrusted: options.isTrusted ?? (() => true),
    modelsFile: join(folder.path, "models-of-the-user.yaml"),
    modelEnv: options.modelEnv ?? {},
    toolServersFile: join(folder.path, "tool-servers-of-the-user.yaml"),
    webNetworks: ["127.0.0.1"],
    workflowFolder: join(folder.path, "workflows-of-the-user"),
    policyFile,
    packageFolder,
    sql,
    clock,
    ids,
    liveness: options.liveness ?? deathless,
  });
  const logged: string[] = [];
  const metrics = new Metrics();
  const toolbox: Toolbox = new Toolbox({
    table: options.table ?? toolsAndAliases,
    open: async () => parts,
    filters: options.filters ?? [],
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    clock,
    metrics,
    log: new Log({ level: "debug", format: "json", clock, write: (line) => logged.push(line) }),
  });
  const close = async () => {
    await parts.close();
    await sql.close();
    folder[Symbol.dispose]();
  };
  return {
    ...parts,
    clock,
    sql,
    db,
    policyFile,
    modelsFile: join(folder.path, "models-of-the-user.yaml"),
    toolServersFile: join(folder.path, "tool-servers-of-the-user.yaml"),
    packageFolder,
    workspace,
    toolbox,
    metrics,
    logged,
    call: (name, input, call) => toolbox.call(toolbox.find(name), input, testCall(workspace, call)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function testCall(workspace: string, given: Partial<Call> = {}): Call {
  return {
    requestId: "request_test",
    face: "mcp",
    workspace,
    workspaceFrom: "cwd",
    agent: { id: "agent_test", label: "test", isShared: false, process: "" },
    signal: new AbortController().signal,
    progress: () => {},
    ...given,
  };
}
