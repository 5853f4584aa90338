// Of several processes that listen on one port, Linux gives each a share of the new connections, and drops
// those that wait in the queue of one that stops listening. So before the older process leaves, the kernel is
// told to give every new connection to the newest one; then the older one's queue runs dry by itself.
import { dlopen, ptr } from "bun:ffi";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { openLibrary } from "./native.ts";

const SOL_SOCKET = 1;
const SO_ATTACH_REUSEPORT_CBPF = 51;
/** "Answer a constant": the program that chooses among the listeners. */
const BPF_RET_K = 0x06;
const LISTENING = "0A";

/** Only for Linux. False when the kernel would not be told: then both processes get their share. */
export function preferNewestListener(port: number): boolean {
  try {
    const inodes = listeners(port);
    const socket = ownSocket(inodes);
    // The kernel numbers the listeners in the order in which they came.
    return socket !== undefined && attachProgram(socket, inodes.length - 1);
  } catch {
    return false; // Without /proc nobody can find out.
  }
}

/** The sockets of all processes that listen on this port. */
function listeners(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"].flatMap((family) =>
    tableOf(family)
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, address, , state]) => address?.endsWith(suffix) && state === LISTENING)
      .map((columns) => columns[9] ?? ""),
  );
}

/** There is none for a family that this system does without. */
function tableOf(family: string): string {
  const path = `/proc/self/net/${family}`;
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function ownSocket(inodes: readonly string[]): number | undefined {
  const names = inodes.map((inode) => `socket:[${inode}]`);
  const found = readdirSync("/proc/self/fd").find((fd) => names.includes(targetOf(`/proc/self/fd/${fd}`)));
  return found === undefined ? undefined : Number(found);
}

/** Files may be closed while they are looked at. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

function attachProgram(socket: number, index: number): boolean {
  const instruction = new DataView(new ArrayBuffer(8));
  instruction.setUint16(0, BPF_RET_K, true);
  instruction.setUint32(4, index, true);
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, 1, true);
  program.setBigUint64(8, BigInt(ptr(instruction)), true);
  const libc = openLibrary((name) =>
    dlopen(name, { setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } }),
  );
  const refused = libc.symbols.setsockopt(
    socket,
    SOL_SOCKET,
    SO_ATTACH_REUSEPORT_CBPF,
    ptr(program),
    program.byteLength,
  );
  libc.close();
  return refused === 0;
}
