// SQLite reads its write-ahead log up to the first frame that is not right, and takes what follows for the
// rest of a transaction that a crash cut off. When that frame was destroyed later, acknowledged commits lie
// behind it, and the next write covers them for ever. Reading the frames behind the break finds them before.
import { readFileSync } from "node:fs";

export interface WalState {
  readonly bytes: number;
  /** Commits that SQLite reads. */
  readonly commits: number;
  /** Whole commits behind a broken frame. One may be a transaction that was never acknowledged; two cannot. */
  readonly lost_commits: number;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
const LOOKS_MAX = 3;

/** Another process may be writing while we read: what is found counts only when it stays the same. */
export function inspectWal(database: string): WalState {
  let state = readWal(database);
  for (let look = 1; look < LOOKS_MAX && state.lost_commits > 0; look++) {
    const again = readWal(database);
    if (again.commits !== state.commits) state = { ...again, lost_commits: 0 };
  }
  return state;
}

function readWal(database: string): WalState {
  let content: Uint8Array;
  try {
    content = readFileSync(`${database}-wal`);
  } catch {
    return { bytes: 0, commits: 0, lost_commits: 0 }; // None is there: all is in the database itself.
  }
  return inspectFrames(content);
}

function inspectFrames(content: Uint8Array): WalState {
  const log = new WalLog(content);
  const state = { bytes: content.length, commits: 0, lost_commits: 0 };
  if (!log.hasHeader) return state;
  let isBroken = false;
  for (let at = 0; at < log.frames; at++) {
    const isRight = log.isOfThisLog(at) && log.isRight(at);
    isBroken ||= !isRight;
    if (!isRight || !log.isCommit(at)) continue;
    if (isBroken) state.lost_commits++;
    else state.commits++;
  }
  return state;
}

/** The format is SQLite's: https://sqlite.org/fileformat2.html#the_write_ahead_log */
class WalLog {
  readonly hasHeader: boolean;
  readonly frames: number;
  readonly #view: DataView;
  readonly #pageBytes: number;
  readonly #isLittle: boolean;

  constructor(content: Uint8Array) {
    this.#view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    const magic = content.length >= HEADER_BYTES ? this.#view.getUint32(0) : 0;
    this.#isLittle = magic === MAGIC;
    this.#pageBytes = content.length >= HEADER_BYTES ? this.#view.getUint32(8) : 0;
    this.frames =
      this.#pageBytes > 0 ? Math.floor((content.length - HEADER_BYTES) / (FRAME_HEADER_BYTES + this.#pageBytes)) : 0;
    this.hasHeader = (magic | 1) === (MAGIC | 1) && this.#sumMatches([0, 0], [[0, 24]], 24);
  }

  /** Older frames, which a checkpoint has moved into the database, carry other salts. */
  isOfThisLog(frame: number): boolean {
    const at = this.#start(frame);
    return (
      this.#view.getUint32(at + 8) === this.#view.getUint32(16) &&
      this.#view.getUint32(at + 12) === this.#view.getUint32(20)
    );
  }

  /** Its checksum goes on from that of the frame before, as that frame says it. */
  isRight(frame: number): boolean {
    const at = this.#start(frame);
    const before = frame === 0 ? 24 : this.#start(frame - 1) + 16;
    const seed: [number, number] = [this.#view.getUint32(before), this.#view.getUint32(before + 4)];
    return this.#sumMatches(
      seed,
      [
        [at, 8],
        [at + FRAME_HEADER_BYTES, this.#pageBytes],
      ],
      at + 16,
    );
  }

  isCommit(frame: number): boolean {
    return this.#view.getUint32(this.#start(frame) + 4) > 0;
  }

  #start(frame: number): number {
    return HEADER_BYTES + frame * (FRAME_HEADER_BYTES + this.#pageBytes);
  }

  #sumMatches(
    [first, second]: [number, number],
    spans: readonly (readonly [number, number])[],
    stored: number,
  ): boolean {
    let a = first;
    let b = second;
    for (const [start, length] of spans) {
      for (let at = start; at < start + length; at += 8) {
        a = (a + this.#view.getUint32(at, this.#isLittle) + b) >>> 0;
        b = (b + this.#view.getUint32(at + 4, this.#isLittle) + a) >>> 0;
      }
    }
    return a === this.#view.getUint32(stored) && b === this.#view.getUint32(stored + 4);
  }
}
