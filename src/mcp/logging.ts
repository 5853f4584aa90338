import { LOG_LEVEL_META_KEY, type LoggingLevel, type Server, type ServerContext } from "@modelcontextprotocol/server";
import type { Log, LogLine } from "../observe/log.ts";
import type { ClientState } from "./client-state.ts";
import { onClose } from "./on-close.ts";
import { refuse } from "./refusal.ts";

const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;
const NAMES = { debug: "debug", info: "info", warn: "warning", error: "error" } as const;

/** In the older era a client asks once for the log; nothing is sent to one that did not ask. */
export function serveLogging(server: Server, log: Log, state: ClientState): void {
  let stop: (() => void) | undefined;
  const listen = () => {
    stop ??= log.onLine((line) => {
      if (!state.logLevel || !isWanted(line, state.logLevel)) return;
      if (!state.hearsWholeLog && !state.atWork.has(String(line.fields["request_id"]))) return;
      // A client that has gone hears nothing more; its close ends this listener.
      server.notification({ method: "notifications/message", params: message(line) }).catch(() => {});
    });
  };
  if (state.logLevel) listen();
  server.setRequestHandler("logging/setLevel", async ({ params }) => {
    state.logLevel = params.level;
    listen();
    await state.changed().catch(refuse);
    return {};
  });
  onClose(server, () => stop?.());
}

/** In the newer era a request says itself which lines about it its caller wants. */
export function logCall(context: ServerContext, log: Log, requestId: string): () => void {
  const envelope = context.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const wanted = envelope?.[LOG_LEVEL_META_KEY] as LoggingLevel | undefined;
  if (wanted === undefined) return () => {};
  return log.onLine((line) => {
    if (line.fields["request_id"] !== requestId || !isWanted(line, wanted)) return;
    context.mcpReq.notify({ method: "notifications/message", params: message(line) }).catch(() => {});
  });
}

function isWanted(line: LogLine, level: LoggingLevel): boolean {
  return LEVELS.indexOf(NAMES[line.level]) >= LEVELS.indexOf(level);
}

function message({ level, event, fields }: LogLine) {
  return { level: NAMES[level], logger: "cadre", data: { event, ...fields } };
}
