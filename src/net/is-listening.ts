import { connect } from "node:net";

/** Whether anything takes a connection there; whatever else than a refusal comes back, somebody does. */
export function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isTaken: boolean) => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once("connect", () => end(true));
    socket.once("error", (cause: { code?: string }) => end(cause.code !== "ECONNREFUSED"));
  });
}
