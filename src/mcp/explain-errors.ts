import type { JSONRPCMessage, Server } from "@modelcontextprotocol/server";
import { AppError, toAppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { printable } from "../base/text.ts";
import type { Log } from "../observe/log.ts";

const INTERNAL_ERROR = -32_603;
const INVALID_PARAMS = -32_602;
const ISSUES_SHOWN_MAX = 5;
const ISSUE_CHARS_MAX = 200;

/**
 * The SDK answers params that do not fit their schema, and every error that a handler did not foresee, with the
 * error's own text, mostly as the same -32603. Here the first becomes a refusal that says what to mend, and the second
 * keeps its text for the log: it may tell of places on this machine.
 */
export function explainErrors(server: Server, log: Log): void {
  const connect = server.connect.bind(server);
  server.connect = (transport) => {
    const send = transport.send.bind(transport);
    transport.send = (message, options) => send(explained(message, log), options);
    return connect(transport);
  };
}

function explained(message: JSONRPCMessage, log: Log): JSONRPCMessage {
  if (!("error" in message) || message.error.data !== undefined) return message;
  const { code, message: text } = message.error;
  const issues = code === INTERNAL_ERROR || code === INVALID_PARAMS ? issuesIn(text) : undefined;
  if (issues) return withError(message, INVALID_PARAMS, badParams(issues));
  if (code !== INTERNAL_ERROR) return message;
  log.error("mcp request failed", { cause: text });
  return withError(message, INTERNAL_ERROR, toAppError(new Error(text)));
}

function withError(message: JSONRPCMessage, code: number, error: AppError): JSONRPCMessage {
  const data = error.toJSON();
  return { ...message, error: { code, message: `${data.message}. ${data.hint}`, data } } as JSONRPCMessage;
}

function badParams(issues: readonly string[]): AppError {
  return new AppError("invalid_input", `cannot read the params: ${issues.join("; ")}`, {
    hint: "Send what the protocol's schema of this method asks for.",
  });
}

/** The SDK's text for params that do not fit: a list of issues as JSON, sometimes behind a few words. */
function issuesIn(text: string): string[] | undefined {
  const [, json] = ISSUES.exec(text) ?? [];
  if (json === undefined) return undefined;
  try {
    const issues = JSON.parse(json) as unknown[];
    return issues.filter(isRecord).slice(0, ISSUES_SHOWN_MAX).map(words);
  } catch {
    return undefined;
  }
}

const ISSUES = /^(?:Invalid [\w/]+ request: )?(\[[\s\S]*)$/;

function words({ path, message }: Record<string, unknown>): string {
  const place = Array.isArray(path) ? path.map(String).join(".") : "";
  return printable(`${place}: ${String(message)}`.slice(0, ISSUE_CHARS_MAX));
}
