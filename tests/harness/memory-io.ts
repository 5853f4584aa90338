import { until } from "./condition.ts";

/** Stdin and stdout of a program, in the hands of the test. */
export interface MemoryIo {
  stdin(): AsyncIterable<Uint8Array>;
  writeOut(text: string): Promise<void>;
  /** Puts text or bytes on stdin. */
  type(piece: string | Uint8Array): void;
  endInput(): void;
  /** How many pieces the program has taken from stdin. */
  readonly taken: number;
  /** What was written, a text for each write. */
  readonly writes: readonly string[];
  /** What was written so far, as the messages that it is. */
  // biome-ignore lint/suspicious/noExplicitAny: the answers of a server under test are looked into at any depth.
  messages(): any[];
  have(count: number): Promise<ReturnType<MemoryIo["messages"]>>;
  /** From now on nobody reads stdout: writes wait until `read`. */
  block(): void;
  read(): void;
  /** From now on stdout is closed. */
  breakPipe(): void;
}

export function memoryIo(): MemoryIo {
  const pieces: Uint8Array[] = [];
  const writes: string[] = [];
  let isEnded = false;
  let taken = 0;
  let wake = () => {};
  let reader = Promise.withResolvers<void>();
  reader.resolve();
  let isBroken = false;
  const messages = () =>
    writes
      .join("")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    writes,
    messages,
    get taken() {
      return taken;
    },
    stdin: async function* () {
      for (;;) {
        const piece = pieces.shift();
        if (piece) {
          taken++;
          yield piece;
        } else if (isEnded) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    writeOut: async (text) => {
      await reader.promise;
      if (isBroken) throw Object.assign(new Error("EPIPE: broken pipe, write"), { code: "EPIPE" });
      writes.push(text);
    },
    type: (piece) => {
      pieces.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      wake();
    },
    endInput: () => {
      isEnded = true;
      wake();
    },
    have: async (count) => {
      await until(() => messages().length >= count, `${count} messages were written`);
      return messages();
    },
    block: () => {
      reader = Promise.withResolvers<void>();
    },
    read: () => reader.resolve(),
    breakPipe: () => {
      isBroken = true;
      reader.resolve();
    },
  };
}
