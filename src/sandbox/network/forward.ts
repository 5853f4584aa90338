// `cadre internal forward SOCKET PORT COMMAND…`: inside a network of its own, where there is nothing but a loopback
// interface, listens on PORT and carries what comes to the proxy outside, while COMMAND runs.
import { connect, createServer, type Socket } from "node:net";
import type { Runtime } from "../../runtime/runtime.ts";
import { Kernel } from "../launcher/kernel.ts";

const INTERNET = 2;
const DATAGRAM = 2;
const GET_INTERFACE_FLAGS = 0x8913;
const SET_INTERFACE_FLAGS = 0x8914;
const INTERFACE_UP = 1;
const INTERFACE_BYTES = 40;
const FLAGS_AT = 16;

export async function forward(
  [path = "", port = "", ...command]: readonly string[],
  runtime: Runtime,
): Promise<number> {
  raiseLoopback(new Kernel(await runtime.native(), runtime.host.arch));
  const server = createServer((inside) => {
    const outside = connect(path);
    join(inside, outside);
    join(outside, inside);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), "127.0.0.1", resolve);
  });
  return runtime.host.attach(command as [string, ...string[]]);
}

function join(one: Socket, other: Socket): void {
  one.on("error", () => other.destroy());
  one.once("close", () => other.destroy());
  one.pipe(other);
}

function raiseLoopback(kernel: Kernel): void {
  const socket = kernel.call("socket", INTERNET, DATAGRAM, 0);
  const request = new Uint8Array(INTERFACE_BYTES);
  request.set(new TextEncoder().encode("lo"));
  kernel.call("ioctl", socket, GET_INTERFACE_FLAGS, request);
  const view = new DataView(request.buffer);
  view.setUint16(FLAGS_AT, view.getUint16(FLAGS_AT, true) | INTERFACE_UP, true);
  kernel.call("ioctl", socket, SET_INTERFACE_FLAGS, request);
  kernel.call("close", socket);
}
