import type { Clock } from "../../base/clock.ts";
import { CODE_OUTPUT_OVER_BYTES } from "../../base/limits.ts";
import type { FromEngine } from "./job.ts";

const PIECE_CHARS = 16_384;
const PIECE_MS = 50;

type Stream = "stdout" | "stderr";

/** What a program prints, sent in pieces, and cut where it becomes too much. */
export class GuestOutput {
  isTruncated = false;
  /** It goes on and on: the program is to be ended. */
  isFlooded = false;
  readonly #outside: { readonly clock: Clock; say(message: FromEngine): void };
  #leftBytes: number;
  #overBytes = 0;
  #stream: Stream = "stdout";
  #pending: string[] = [];
  #pendingChars = 0;
  #sentMs = 0;

  constructor(bytesMax: number, outside: { readonly clock: Clock; say(message: FromEngine): void }) {
    this.#leftBytes = bytesMax;
    this.#outside = outside;
  }

  write(stream: Stream, text: string): void {
    const kept = this.#keep(text);
    if (kept === "") return;
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    this.#pending.push(kept);
    this.#pendingChars += kept.length;
    if (this.#pendingChars >= PIECE_CHARS || this.#outside.clock.elapsed() - this.#sentMs >= PIECE_MS) this.flush();
  }

  flush(): void {
    if (this.#pendingChars === 0) return;
    const text = this.#pending.join("");
    this.#outside.say({ says: "output", stream: this.#stream, text });
    this.#pending = [];
    this.#pendingChars = 0;
    this.#sentMs = this.#outside.clock.elapsed();
  }

  #keep(text: string): string {
    const bytes = Buffer.byteLength(text);
    if (bytes <= this.#leftBytes) {
      this.#leftBytes -= bytes;
      return text;
    }
    this.isTruncated = true;
    this.#overBytes += bytes - this.#leftBytes;
    this.isFlooded = this.#overBytes > CODE_OUTPUT_OVER_BYTES;
    const kept = Buffer.from(text.slice(0, this.#leftBytes)).subarray(0, this.#leftBytes);
    this.#leftBytes = 0;
    return new TextDecoder().decode(kept, { stream: true });
  }
}
