// Landlock: a process gives up for itself and all its children every file but those named. Rights that the
// kernel does not know yet cannot be given up; its ABI number says which it knows.
import { type Kernel, words64 } from "./kernel.ts";
import type { NetworkReach } from "./launch-policy.ts";

const EXECUTE = 1n << 0n;
const WRITE_FILE = 1n << 1n;
const READ_FILE = 1n << 2n;
const READ_FOLDER = 1n << 3n;
const MAKE_CHAR_DEVICE = 1n << 6n;
const MAKE_BLOCK_DEVICE = 1n << 11n;
const TRUNCATE = 1n << 14n;
const IOCTL_DEVICE = 1n << 15n;

/** Rights over files, by the first ABI that knows them. */
const FILE_RIGHTS = [
  { abi: 1, rights: (1n << 13n) - 1n },
  { abi: 2, rights: 1n << 13n }, // Moving between folders.
  { abi: 3, rights: TRUNCATE },
  { abi: 5, rights: IOCTL_DEVICE },
] as const;
/** What can be said of something that is no folder. */
const OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE;
const READ = EXECUTE | READ_FILE | READ_FOLDER;

/** From this ABI on TCP can be given up: binding and connecting. */
export const ABI_NETWORK = 4;
const TCP = 3n;
const CONNECT_TCP = 2n;
/** From this ABI on, abstract Unix sockets and signals to processes outside. */
const ABI_SCOPES = 6;
const SCOPES = 3n;

const VERSION_FLAG = 1;
const PATH_BENEATH = 1;
const NET_PORT = 2;
const DEVICES = {
  "/dev/null": true,
  "/dev/zero": true,
  "/dev/full": true,
  "/dev/random": false,
  "/dev/urandom": false,
};

interface Rules {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  readonly network: NetworkReach;
}

/** 0 where the kernel has no Landlock, or where it is switched off. */
export function landlockAbi(kernel: Kernel): number {
  return Math.max(0, kernel.try("landlock_create_ruleset", 0, 0, VERSION_FLAG));
}

export function restrictFiles(kernel: Kernel, rules: Rules): void {
  kernel.call("landlock_restrict_self", makeRuleset(kernel, rules), 0);
}

/** A handle of rules that hold for nobody yet. */
export function makeRuleset(kernel: Kernel, { readable, writable, network }: Rules): number {
  const abi = landlockAbi(kernel);
  if (abi === 0) throw new Error("this kernel has no Landlock");
  const known = FILE_RIGHTS.filter((row) => abi >= row.abi).reduce((all, { rights }) => all | rights, 0n);
  const attributes = new BigUint64Array([
    known,
    abi >= ABI_NETWORK && network !== "on" ? TCP : 0n,
    abi >= ABI_SCOPES ? SCOPES : 0n,
  ]);
  const size = abi >= ABI_SCOPES ? 24 : abi >= ABI_NETWORK ? 16 : 8;
  const ruleset = kernel.call("landlock_create_ruleset", new Uint8Array(attributes.buffer), size, 0);

  const allow = (path: string, rights: bigint) => {
    const handle = kernel.pathHandle(path);
    if (handle < 0) return; // What is not there need not be allowed.
    if (kernel.try("landlock_add_rule", ruleset, PATH_BENEATH, rule(rights & known, handle), 0) < 0)
      kernel.call("landlock_add_rule", ruleset, PATH_BENEATH, rule(rights & known & OF_A_FILE, handle), 0);
    kernel.call("close", handle);
  };
  for (const path of readable) allow(path, READ);
  for (const path of writable) allow(path, known & ~(IOCTL_DEVICE | MAKE_CHAR_DEVICE | MAKE_BLOCK_DEVICE));
  for (const [path, isWritable] of Object.entries(DEVICES))
    allow(path, isWritable ? READ_FILE | WRITE_FILE | TRUNCATE : READ_FILE);
  if (typeof network === "number") {
    if (abi < ABI_NETWORK) throw new Error("this kernel cannot keep a program to one port");
    kernel.call("landlock_add_rule", ruleset, NET_PORT, words64(CONNECT_TCP, network), 0);
  }
  return ruleset;
}

/** The kernel's struct landlock_path_beneath_attr: twelve bytes, packed. */
function rule(rights: bigint, handle: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, rights, true);
  view.setInt32(8, handle, true);
  return bytes;
}
