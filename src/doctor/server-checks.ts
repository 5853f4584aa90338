// Both transports, with a greeting and a real call, on data of their own: the user's runs are not touched.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setAlarm } from "../base/alarm.ts";
import { AppError } from "../base/errors.ts";
import { DOCTOR_GREETING_MS, HANDSHAKE_MS } from "../base/limits.ts";
import { localOrigin } from "../config/local-origin.ts";
import { askNeighbour } from "../config/neighbour.ts";
import { askingToken } from "../config/token.ts";
import { isListening } from "../net/is-listening.ts";
import type { StdioLaunch } from "../setup/clients/client.ts";
import { type Greeting, greet } from "../setup/greeting.ts";
import type { Check, CheckParts, Finding } from "./check.ts";

type ServerParts = Pick<CheckParts, "runtime" | "clock" | "config">;

/** Reads, and needs nothing. */
const CALL = "task_list";

export function serverChecks(parts: CheckParts): Check[] {
  return [
    { group: "server", name: "stdio", look: () => told(() => parts.greetStdio()) },
    { group: "server", name: "http", look: () => told(() => overHttp(parts)) },
    { group: "server", name: "port", look: () => port(parts) },
  ];
}

export function toolChecks(parts: CheckParts): Check[] {
  const look = async (): Promise<Finding> => {
    const { tools } = await parts.greetStdio();
    const lacking = parts.tools.filter((name) => !tools.includes(name));
    const more = tools.filter((name) => !parts.tools.includes(name));
    if (lacking.length === 0 && more.length === 0)
      return { status: "ok", evidence: `${tools.length} served, as listed` };
    const evidence = [
      ...(lacking.length > 0 ? [`not served: ${lacking.join(", ")}`] : []),
      ...(more.length > 0 ? [`not listed: ${more.join(", ")}`] : []),
    ].join("; ");
    return { status: "problem", evidence, fix: "This cadre is not whole: install it anew with cadre upgrade." };
  };
  return [{ group: "tools", name: "tools", look }];
}

async function told(look: () => Promise<Greeting>): Promise<Finding> {
  try {
    const { tools, eras, ms } = await look();
    const evidence = `greets in ${eras.join(" and ")}, lists ${tools.length} tools, answers ${CALL}, ${ms} ms`;
    return greeted(ms, evidence);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return { status: "problem", evidence: cause.message, fix: "Run cadre doctor program, and cadre selftest." };
  }
}

/** Whether a client would have waited for it. */
export function greeted(ms: number, evidence: string): Finding {
  if (ms <= HANDSHAKE_MS) return { status: "ok", evidence };
  const fix = "The machine is busy or slow: clients may give up before it answers.";
  return { status: "warning", evidence, fix };
}

export async function overStdio({ runtime, clock, config }: ServerParts): Promise<Greeting> {
  using place = ownPlace();
  const launch = launchIn(runtime.host.self, place.path, [], filters(config.settings));
  return await greet(launch, { runtime, clock, call: CALL, within: DOCTOR_GREETING_MS });
}

export async function overHttp({ runtime, clock }: Omit<ServerParts, "config">): Promise<Greeting> {
  using place = ownPlace();
  const { command, args, env } = launchIn(runtime.host.self, place.path, ["--http", "0"], {});
  let said = "";
  const child = await runtime.start([command, ...args], {
    env,
    cwd: place.path,
    onOutput: (_stream, bytes) => {
      said += new TextDecoder().decode(bytes);
    },
  });
  try {
    using alarm = setAlarm(clock, DOCTOR_GREETING_MS);
    const address = () => /(http:\/\/\S+\/mcp)/.exec(said)?.[1];
    while (address() === undefined && !alarm.signal.aborted) await clock.sleep(LOOK_MS, alarm.signal);
    const url = address();
    if (url === undefined) {
      throw new AppError("failed", "cadre --http does not listen", { hint: "Start it by hand to see why." });
    }
    return await greet({ kind: "http", url, headers: {} }, { runtime, clock, call: CALL, within: DOCTOR_GREETING_MS });
  } finally {
    runtime.host.killGroup(child.pid);
    await child.ended;
  }
}

const LOOK_MS = 20;

function ownPlace(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "cadre-server-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function launchIn(
  [command, ...args]: readonly [string, ...string[]],
  home: string,
  more: readonly string[],
  env: Readonly<Record<string, string>>,
): StdioLaunch {
  return { kind: "stdio", command, args: [...args, ...more], env: { ...env, CADRE_HOME: home, PATH: "/usr/bin:/bin" } };
}

/** What decides which tools are listed. */
function filters(settings: CheckParts["config"]["settings"]): Record<string, string> {
  const { toolsets, tools, exclude_tools, read_only } = settings;
  return {
    ...(toolsets ? { CADRE_TOOLSETS: toolsets.join(",") } : {}),
    ...(tools ? { CADRE_TOOLS: tools.join(",") } : {}),
    ...(exclude_tools ? { CADRE_EXCLUDE_TOOLS: exclude_tools.join(",") } : {}),
    ...(read_only ? { CADRE_READ_ONLY: "true" } : {}),
  };
}

async function port({ runtime, config }: CheckParts): Promise<Finding> {
  const { host, port: number, base_path } = config.settings;
  const origin = localOrigin(host, number);
  const neighbour = await askNeighbour(origin + base_path, {
    token: askingToken(runtime.host.env, config.folders.data),
    port: number,
  });
  if (neighbour) {
    const whose = neighbour.isOurs ? "of yours" : "with another token";
    return {
      status: "ok",
      evidence: `a cadre ${neighbour.version} ${whose} listens on ${number}, process ${neighbour.pid}`,
    };
  }
  if (!(await isListening(new URL(origin).hostname.replaceAll(/[[\]]/g, ""), number)))
    return { status: "ok", evidence: `${number} is free` };
  return {
    status: "note",
    evidence: `another program listens on ${number}`,
    fix: "cadre --http takes another with --http PORT.",
  };
}
