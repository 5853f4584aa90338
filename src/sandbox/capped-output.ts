/** Keeps the beginning of what is written, and counts the rest. */
export class CappedOutput {
  overBytes = 0;
  readonly #pieces = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  take(stream: "stdout" | "stderr", bytes: Uint8Array): Uint8Array {
    const kept = bytes.subarray(0, this.#left);
    this.#left -= kept.length;
    this.overBytes += bytes.length - kept.length;
    // A copy: the runtime may use its buffer again.
    if (kept.length > 0) this.#pieces[stream].push(kept.slice());
    return kept;
  }

  whole(): { stdout: Uint8Array; stderr: Uint8Array; isTruncated: boolean } {
    return {
      stdout: Buffer.concat(this.#pieces.stdout),
      stderr: Buffer.concat(this.#pieces.stderr),
      isTruncated: this.overBytes > 0,
    };
  }
}
