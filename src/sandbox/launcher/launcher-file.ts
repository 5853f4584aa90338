// The launcher as a file: the smallest executable that Linux takes. Its code, and room for what it is told; no library,
// nothing that would have to be started first.
import { machineCode } from "./machine-code.ts";
import type { Arch } from "./syscalls.ts";

/** Where what it is told lies; its code says the same, and how much there may be. */
export const TOLD_AT = 0x10000000;
export const TOLD_BYTES_MAX = 0x1000000;

const CODE_AT = 0x400000;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SEGMENTS = 3;
/** The largest page that a machine has. */
const ALIGNED = 0x10000;
const MACHINES: Record<Arch, number> = { x64: 62, arm64: 183 };
const EXECUTABLE = 2;
const LOADED = 1;
/** Says what may be done with the stack. */
const STACK = 0x6474e551;
const READ_AND_RUN = 5;
const READ_AND_WRITE = 6;

export function launcherFile(arch: Arch): Uint8Array {
  const code = machineCode(arch);
  const codeOffset = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES;
  const size = codeOffset + code.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  // "ELF", 64 bits, the lowest byte first, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, EXECUTABLE, true);
  view.setUint16(18, MACHINES[arch], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(CODE_AT + codeOffset), true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, SEGMENT_BYTES, true);
  view.setUint16(56, SEGMENTS, true);
  const segments = [
    [LOADED, READ_AND_RUN, CODE_AT, size, size],
    [LOADED, READ_AND_WRITE, TOLD_AT, 0, TOLD_BYTES_MAX],
    [STACK, READ_AND_WRITE, 0, 0, 0],
  ] as const;
  for (const [at, [kind, rights, address, inFile, inMemory]] of segments.entries()) {
    const start = HEADER_BYTES + at * SEGMENT_BYTES;
    view.setUint32(start, kind, true);
    view.setUint32(start + 4, rights, true);
    view.setBigUint64(start + 16, BigInt(address), true);
    view.setBigUint64(start + 24, BigInt(address), true);
    view.setBigUint64(start + 32, BigInt(inFile), true);
    view.setBigUint64(start + 40, BigInt(inMemory), true);
    view.setBigUint64(start + 48, BigInt(ALIGNED), true);
  }
  file.set(code, codeOffset);
  return file;
}
