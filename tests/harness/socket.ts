import { connect } from "node:net";

const WAIT_MS_MAX = 5_000;

/** Sends bytes to a port of this machine as they stand, and gives what comes back until the other end closes. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1");
    socket.setTimeout(WAIT_MS_MAX, () => {
      socket.destroy();
      reject(new Error(`no end of the answer: ${JSON.stringify(answer)}`));
    });
    socket.on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(Buffer.from(text, "latin1"));
  });
}
