// The system's own calls, for what no runtime offers: through the C library, on both runtimes.
import process from "node:process";

/** Raw calls of the kernel. What they are told lies in buffers that must live until the call is over. */
export interface Native {
  /** The answer of the call; below zero it failed, and `errno` says why. */
  syscall(number: number, ...values: readonly (number | bigint)[]): number;
  errno(): number;
  addressOf(bytes: Uint8Array): bigint;
}

/** Arguments of `syscall` in the C library, the number first. */
const ARGUMENTS = 7;
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`] as const;

function argumentsOf(number: number, values: readonly (number | bigint)[]): bigint[] {
  return Array.from({ length: ARGUMENTS }, (_, at) => BigInt((at === 0 ? number : values[at - 1]) ?? 0));
}

/** The first of the libraries that is there. */
export function openLibrary<T>(open: (name: string) => T): T {
  let problem: unknown;
  for (const name of LIBRARIES) {
    try {
      return open(name);
    } catch (cause) {
      problem ??= cause;
    }
  }
  throw problem;
}

export function nativeOf(library: {
  syscall(...values: bigint[]): number | bigint;
  errno(): number;
  addressOf(bytes: Uint8Array): bigint;
}): Native {
  return {
    syscall: (number, ...values) => Number(library.syscall(...argumentsOf(number, values))),
    errno: library.errno,
    addressOf: library.addressOf,
  };
}
