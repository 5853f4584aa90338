import type { Server } from "@modelcontextprotocol/server";

/** Adds a listener where the SDK has room for one. */
export function onClose(server: Server, listener: () => void): void {
  const before = server.onclose;
  server.onclose = () => {
    listener();
    before?.();
  };
}
