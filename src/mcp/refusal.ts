import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { toAppError } from "../base/errors.ts";

/** From this HTTP status on it is not the caller's mistake. */
const SERVER_FAULT = 500;

/** What is not a tool's own failure is answered as the protocol's error, with the same code and hint. */
export function refuse(thrown: unknown, more: Record<string, unknown> = {}): never {
  const error = toAppError(thrown);
  throw new ProtocolError(
    error.http >= SERVER_FAULT ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
    `${error.message}. ${error.hint}`,
    { ...error.toJSON(), ...more },
  );
}

export function refusal<T>(find: () => T, more: Record<string, unknown> = {}): T {
  try {
    return find();
  } catch (thrown) {
    return refuse(thrown, more);
  }
}
