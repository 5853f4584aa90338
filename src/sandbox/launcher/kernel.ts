// Named calls of the Linux kernel over the C library. Every failure is an error that says which call and why.
import type { Native } from "../../runtime/native.ts";

const X64 = {
  prctl: 157,
  prlimit64: 302,
  setsid: 112,
  chdir: 80,
  openat: 257,
  close: 3,
  execve: 59,
  seccomp: 317,
  setresuid: 117,
  setresgid: 119,
  setgroups: 116,
  mount: 165,
  mkdirat: 258,
  capset: 126,
  fcntl: 72,
  fchown: 93,
  setpriority: 141,
  socket: 41,
  ioctl: 16,
} as const;

const ARM64: Record<keyof typeof X64, number> = {
  prctl: 167,
  prlimit64: 261,
  setsid: 157,
  chdir: 49,
  openat: 56,
  close: 57,
  execve: 221,
  seccomp: 277,
  setresuid: 147,
  setresgid: 149,
  setgroups: 159,
  mount: 40,
  mkdirat: 34,
  capset: 91,
  fcntl: 25,
  fchown: 55,
  setpriority: 140,
  socket: 198,
  ioctl: 29,
};

/** These have the same number everywhere. */
const COMMON = {
  close_range: 436,
  mount_setattr: 442,
  landlock_create_ruleset: 444,
  landlock_add_rule: 445,
  landlock_restrict_self: 446,
} as const;

export type Syscall = keyof typeof X64 | keyof typeof COMMON;
export type Arch = "x64" | "arm64";

export const AT_FDCWD = -100;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

type Argument = number | bigint | string | Uint8Array;

export class Kernel {
  readonly arch: Arch;
  readonly #native: Native;
  readonly #numbers: Readonly<Record<Syscall, number>>;
  /** What calls point to must not be moved or freed. */
  readonly #kept: Uint8Array[] = [];

  constructor(native: Native, arch: string) {
    if (arch !== "x64" && arch !== "arm64") throw new Error(`no system call numbers for ${arch}`);
    this.arch = arch;
    this.#native = native;
    this.#numbers = { ...(arch === "x64" ? X64 : ARM64), ...COMMON };
  }

  /** Answers what the kernel answers, a failure as minus its number. */
  try(name: Syscall, ...values: readonly Argument[]): number {
    const given = values.map((value) =>
      typeof value === "object" || typeof value === "string" ? this.address(value) : value,
    );
    const answer = this.#native.syscall(this.#numbers[name], ...given);
    return answer < 0 ? -this.#native.errno() : answer;
  }

  call(name: Syscall, ...values: readonly Argument[]): number {
    const answer = this.try(name, ...values);
    if (answer < 0) throw new Error(`${name} failed with ${-answer}`);
    return answer;
  }

  address(value: string | Uint8Array): bigint {
    const bytes = typeof value === "string" ? new TextEncoder().encode(`${value}\0`) : value;
    this.#kept.push(bytes);
    return this.#native.addressOf(bytes);
  }

  /** A list of texts as execve takes it. */
  texts(values: readonly string[]): bigint {
    const addresses = new BigUint64Array([...values.map((value) => this.address(value)), 0n]);
    return this.address(new Uint8Array(addresses.buffer));
  }

  /** A handle that only names a file or a folder; below zero when it is not there. */
  pathHandle(path: string): number {
    return this.try("openat", AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
  }
}

export function words64(...values: readonly (number | bigint)[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(values.map(BigInt)).buffer);
}
