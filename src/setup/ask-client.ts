// The last word on whether an entry counts has the client: those with a command line of their own are asked.
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { CLIENT_ANSWER_MS } from "../base/limits.ts";
import type { Host } from "../runtime/runtime.ts";
import type { Client } from "./clients/client.ts";
import type { Machine } from "./machine.ts";

export type ClientAnswer = "lists it" | "does not list it" | "did not answer";

/** Undefined for a client that cannot be asked: it has no such command, or is not on the PATH. */
export async function askClient(
  { ask }: Client,
  name: string,
  { host, clock, machine }: { host: Pick<Host, "run" | "platform">; clock: Clock; machine: Machine },
): Promise<ClientAnswer | undefined> {
  if (!ask || !machine.hasProgram(ask[0]) || host.platform === "win32") return undefined;
  const [program, ...args] = ask;
  using alarm = setAlarm(clock, CLIENT_ANSWER_MS);
  try {
    const words = args.map((word) => word.replaceAll("{{name}}", name));
    const { stdout, stderr } = await host.run([program, ...words], { signal: alarm.signal });
    const said = `${stdout}\n${stderr}`;
    return new RegExp(`(^|[^\\w-])${name}([^\\w-]|$)`).test(said) && !/no mcp server|not found/i.test(said)
      ? "lists it"
      : "does not list it";
  } catch {
    return "did not answer"; // Too slow, or not to be started.
  }
}
