// Calls of the Linux kernel by this process itself, over the C library. Every failure says which call and why.
import type { Native } from "../../runtime/native.ts";
import { archOf, type Syscall, syscallNumbers } from "./syscalls.ts";

export class Kernel {
  readonly #native: Native;
  readonly #numbers: Readonly<Record<Syscall, number>>;

  constructor(native: Native, arch: string) {
    this.#native = native;
    this.#numbers = syscallNumbers(archOf(arch));
  }

  /** Answers what the kernel answers, a failure as minus its number. */
  try(name: Syscall, ...values: readonly (number | Uint8Array)[]): number {
    const given = values.map((value) => (typeof value === "number" ? value : this.#native.addressOf(value)));
    const answer = this.#native.syscall(this.#numbers[name], ...given);
    return answer < 0 ? -this.#native.errno() : answer;
  }

  call(name: Syscall, ...values: readonly (number | Uint8Array)[]): number {
    const answer = this.try(name, ...values);
    if (answer < 0) throw new Error(`${name} failed with ${-answer}`);
    return answer;
  }
}
