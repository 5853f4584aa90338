// What a launcher is told: calls of the kernel, one after the other, with everything that they point to. They are laid
// out here as they will lie in its memory, so that it needs to understand nothing.
import { AppError } from "../../base/errors.ts";
import { TOLD_AT, TOLD_BYTES_MAX } from "./launcher-file.ts";
import { type Arch, type Syscall, syscallNumbers } from "./syscalls.ts";

/** What the launcher exits with when a step fails that must not. */
export const LAUNCH_FAILED = 125;
/** How its complaint begins, on stderr. */
export const LAUNCH_COMPLAINT = "cadre-launch: ";

type Argument = number | string | Uint8Array;

interface Complaint {
  readonly address: number;
  readonly bytes: number;
}

const HEADER_BYTES = 16;
const WORD_BYTES = 8;
const VALUES = 6;
/** The number of its call, the values, steps to pass over when it fails, the complaint and how long that is. */
const STEP_WORDS = 1 + VALUES + 3;
const PASSES_AT = 1 + VALUES;
/** Instead of a number of steps. */
const END = -1;
/** Of a word; every number here fits into 53 bits. */
const HALF = 2 ** 32;

export class Steps {
  readonly arch: Arch;
  readonly #numbers: Readonly<Record<Syscall, number>>;
  /** Word after word. */
  readonly #words: number[] = [];
  readonly #pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  readonly #complaints = new Map<Syscall, Complaint>();
  #end = HEADER_BYTES;

  constructor(arch: Arch) {
    this.arch = arch;
    this.#numbers = syscallNumbers(arch);
  }

  /** Where it fails, the launcher says so and ends. */
  call(name: Syscall, ...values: readonly Argument[]): void {
    this.#add(name, values, END);
  }

  /** Whether it succeeds does not matter. */
  try(name: Syscall, ...values: readonly Argument[]): void {
    this.#add(name, values, 0);
  }

  /** What `then` adds is done only where the call succeeds. */
  when(name: Syscall, values: readonly Argument[], then: () => void): void {
    this.#add(name, values, 0);
    const after = this.#words.length;
    then();
    this.#words[after - STEP_WORDS + PASSES_AT] = (this.#words.length - after) * WORD_BYTES;
  }

  /** Where these bytes will lie. */
  address(value: string | Uint8Array): number {
    const bytes = typeof value === "string" ? Buffer.from(`${value}\0`) : value;
    const at = this.#end;
    this.#pieces.push({ at, bytes });
    this.#end = at + Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES;
    return TOLD_AT + at;
  }

  /** A list of texts as execve takes it. */
  texts(values: readonly string[]): number {
    return this.address(words64(...values.map((value) => this.address(value)), 0));
  }

  encode(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#end + this.#words.length * WORD_BYTES);
    if (bytes.length > TOLD_BYTES_MAX) {
      throw new AppError("too_large", "cannot start a program: what it is given does not fit", {
        hint: "Give large values in files, not as arguments or in the environment.",
      });
    }
    for (const { at, bytes: piece } of this.#pieces) bytes.set(piece, at);
    put(bytes, 0, [bytes.length, this.#end]);
    put(bytes, this.#end, this.#words);
    return bytes;
  }

  #add(name: Syscall, values: readonly Argument[], passes: number): void {
    const words = this.#words;
    words.push(this.#numbers[name]);
    for (let at = 0; at < VALUES; at++) {
      const value = values[at] ?? 0;
      words.push(typeof value === "number" ? value : this.address(value));
    }
    const complaint = this.#complaintOf(name);
    words.push(passes, complaint.address, complaint.bytes);
  }

  #complaintOf(name: Syscall): Complaint {
    const known = this.#complaints.get(name);
    if (known) return known;
    const text = `${LAUNCH_COMPLAINT}${name} failed with `;
    const complaint = { address: this.address(text), bytes: text.length };
    this.#complaints.set(name, complaint);
    return complaint;
  }
}

export function words64(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * WORD_BYTES);
  put(bytes, 0, values);
  return bytes;
}

function put({ buffer }: Uint8Array<ArrayBuffer>, at: number, words: readonly number[]): void {
  const halves = new Int32Array(buffer, at);
  let half = 0;
  for (const word of words) {
    halves[half++] = word;
    halves[half++] = Math.floor(word / HALF);
  }
}
