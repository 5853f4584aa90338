import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { toAppError } from "../base/errors.ts";

/** What is not a tool's own failure is answered as the protocol's error, with the same code and hint. */
export function refuse(thrown: unknown): never {
  const error = toAppError(thrown);
  throw new ProtocolError(
    error.code === "internal" ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
    `${error.message}. ${error.hint}`,
    error.toJSON(),
  );
}

export function refusal<T>(find: () => T): T {
  try {
    return find();
  } catch (thrown) {
    return refuse(thrown);
  }
}
