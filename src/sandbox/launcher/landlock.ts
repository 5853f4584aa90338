// Landlock: a process gives up for itself and all its children every file but those named. Rights that the
// kernel does not know yet cannot be given up; its ABI number says which it knows.
import { AppError } from "../../base/errors.ts";
import type { Kernel } from "./kernel.ts";
import type { NetworkReach } from "./launch-policy.ts";
import { type Steps, words64 } from "./steps.ts";
import { AT_FDCWD, CLOSE_ON_EXEC, PATH_ONLY } from "./syscalls.ts";

const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_FOLDER = 1 << 3;
const MAKE_CHAR_DEVICE = 1 << 6;
const MAKE_BLOCK_DEVICE = 1 << 11;
const TRUNCATE = 1 << 14;
const IOCTL_DEVICE = 1 << 15;

/** Rights over files, by the first ABI that knows them. */
const FILE_RIGHTS = [
  { abi: 1, rights: (1 << 13) - 1 },
  { abi: 2, rights: 1 << 13 }, // Moving between folders.
  { abi: 3, rights: TRUNCATE },
  { abi: 5, rights: IOCTL_DEVICE },
] as const;
/** What can be said of something that is no folder. */
const OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE;
const READ = EXECUTE | READ_FILE | READ_FOLDER;

/** From this ABI on TCP can be given up: binding and connecting. */
export const ABI_NETWORK = 4;
const TCP = 3;
const CONNECT_TCP = 2;
/** From this ABI on, abstract Unix sockets and signals to processes outside. */
const ABI_SCOPES = 6;
const SCOPES = 3;

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

/** Handles from `free` on are not in use. */
export function restrictFiles(steps: Steps, { readable, writable, network }: Rules, abi: number, free: number): void {
  if (abi === 0) throw cannotConfine("this kernel has no Landlock");
  const known = FILE_RIGHTS.filter((row) => abi >= row.abi).reduce((all, { rights }) => all | rights, 0);
  const attributes = words64(known, abi >= ABI_NETWORK && network !== "on" ? TCP : 0, abi >= ABI_SCOPES ? SCOPES : 0);
  const size = abi >= ABI_SCOPES ? 24 : abi >= ABI_NETWORK ? 16 : 8;
  const [ruleset, handle] = [free, free + 1];
  steps.call("landlock_create_ruleset", attributes, size, 0);

  // What is not there need not be allowed. A file is refused what can only be said of folders, so that comes last.
  const allow = (path: string, rights: number) =>
    steps.when("openat", [AT_FDCWD, path, PATH_ONLY | CLOSE_ON_EXEC, 0], () => {
      steps.call("landlock_add_rule", ruleset, PATH_BENEATH, rule(rights & known & OF_A_FILE, handle), 0);
      steps.try("landlock_add_rule", ruleset, PATH_BENEATH, rule(rights & known, handle), 0);
      steps.call("close", handle);
    });
  for (const path of readable) allow(path, READ);
  for (const path of writable) allow(path, known & ~(IOCTL_DEVICE | MAKE_CHAR_DEVICE | MAKE_BLOCK_DEVICE));
  for (const [path, isWritable] of Object.entries(DEVICES))
    allow(path, isWritable ? READ_FILE | WRITE_FILE | TRUNCATE : READ_FILE);
  if (typeof network === "number") {
    if (abi < ABI_NETWORK) throw cannotConfine("this kernel's Landlock knows no network");
    steps.call("landlock_add_rule", ruleset, NET_PORT, words64(CONNECT_TCP, network), 0);
  }
  steps.call("landlock_restrict_self", ruleset, 0);
}

function cannotConfine(why: string): AppError {
  return new AppError("unavailable", `cannot confine a program: ${why}`, {
    hint: "cadre code doctor says what there is and how to get more.",
  });
}

/** The kernel's struct landlock_path_beneath_attr: 64 bits of rights, 32 of the handle. */
function rule(rights: number, handle: number): Uint8Array {
  return new Uint8Array(new Uint32Array([rights, 0, handle]).buffer);
}
