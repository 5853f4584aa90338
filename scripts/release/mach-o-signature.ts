// macOS kills a program whose signature does not match its pages. Bun 1.4.5 signs what it compiles for Apple
// silicon, but for Intel it leaves the stale signature of its own runtime, hardened flag and all
// (oven-sh/bun#39837). So cadre signs anew, ad hoc: that proves that nothing was damaged, not who made it.
import { createHash } from "node:crypto";

const SEGMENT = 0x19;
const CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const CODE_DIRECTORY_VERSION = 0x20400;
/** Ad hoc, and made by a linker: `codesign` then replaces it without being forced. */
const AD_HOC = 0x2 | 0x20000;
const MAIN_BINARY = 1;
const SHA256 = 2;
const HASH_BYTES = 32;
const PAGE_BITS = 12;
const PAGE_BYTES = 1 << PAGE_BITS;
const SEGMENT_ALIGN = 0x4000;
const LOAD_COMMANDS_AT = 32;
const SUPER_BLOB_BYTES = 20;
const CODE_DIRECTORY_BYTES = 88;

/** Why macOS would not start this program; undefined when its signature holds for every page. */
export function signatureProblem(bytes: Buffer): string | undefined {
  const command = commandsOf(bytes).find(({ kind }) => kind === CODE_SIGNATURE);
  if (!command) return "it is not signed";
  const at = bytes.readUInt32LE(command.at + 8);
  const blobs = bytes.readUInt32BE(at + 8);
  for (let blob = 0; blob < blobs; blob++) {
    const directory = at + bytes.readUInt32BE(at + 16 + blob * 8);
    if (bytes.readUInt32BE(directory) !== CODE_DIRECTORY) continue;
    if (bytes.readUInt32BE(directory + 32) !== at) return "its signature does not cover the whole program";
    return damagedPage(bytes, directory);
  }
  return "its signature has no code directory";
}

function damagedPage(bytes: Buffer, directory: number): string | undefined {
  const hashes = directory + bytes.readUInt32BE(directory + 16);
  const end = bytes.readUInt32BE(directory + 32);
  const pageBytes = 1 << bytes.readUInt8(directory + 39);
  for (const [page, hash] of pageHashes(bytes.subarray(0, end), pageBytes).entries()) {
    const at = hashes + page * HASH_BYTES;
    if (!hash.equals(bytes.subarray(at, at + HASH_BYTES))) return `page ${page} does not match its signature`;
  }
  return undefined;
}

/** The same program with a signature of its own in place of whatever was there. */
export function signAdHoc(program: Buffer, identifier: string): Buffer {
  const commands = commandsOf(program);
  const signature = commands.find(({ kind }) => kind === CODE_SIGNATURE);
  const segments = commands.filter(({ kind }) => kind === SEGMENT);
  const named = (name: string) =>
    segments.find(({ at }) => program.toString("latin1", at + 8, at + 24).replace(/\0+$/, "") === name);
  const [text, linkEdit] = [named("__TEXT"), named("__LINKEDIT")];
  if (!signature || !text || !linkEdit) throw new Error("cannot sign: it has no room for a signature");

  const at = program.readUInt32LE(signature.at + 8);
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(at / PAGE_BYTES);
  const length = SUPER_BLOB_BYTES + CODE_DIRECTORY_BYTES + name.length + pages * HASH_BYTES;
  const signed = Buffer.alloc(align(at + length, 16));
  program.copy(signed, 0, 0, at);

  // The sizes stand on pages that are signed: they come first.
  const linkEditBytes = signed.length - Number(signed.readBigUInt64LE(linkEdit.at + 40));
  signed.writeUInt32LE(signed.length - at, signature.at + 12);
  signed.writeBigUInt64LE(BigInt(align(linkEditBytes, SEGMENT_ALIGN)), linkEdit.at + 32);
  signed.writeBigUInt64LE(BigInt(linkEditBytes), linkEdit.at + 48);

  writeWords(signed, at, [SUPER_BLOB, length, 1, 0, SUPER_BLOB_BYTES]);
  const directory = at + SUPER_BLOB_BYTES;
  const hashesAt = CODE_DIRECTORY_BYTES + name.length;
  writeWords(signed, directory, [
    CODE_DIRECTORY,
    length - SUPER_BLOB_BYTES,
    CODE_DIRECTORY_VERSION,
    AD_HOC,
    hashesAt,
    CODE_DIRECTORY_BYTES,
    0,
    pages,
    at,
  ]);
  signed.set([HASH_BYTES, SHA256, 0, PAGE_BITS], directory + 36);
  signed.writeBigUInt64BE(signed.readBigUInt64LE(text.at + 40), directory + 64);
  signed.writeBigUInt64BE(signed.readBigUInt64LE(text.at + 48), directory + 72);
  signed.writeBigUInt64BE(BigInt(MAIN_BINARY), directory + 80);
  name.copy(signed, directory + CODE_DIRECTORY_BYTES);
  Buffer.concat(pageHashes(signed.subarray(0, at), PAGE_BYTES)).copy(signed, directory + hashesAt);
  return signed;
}

function commandsOf(program: Buffer): { readonly kind: number; readonly at: number }[] {
  const commands: { kind: number; at: number }[] = [];
  let at = LOAD_COMMANDS_AT;
  for (let left = program.readUInt32LE(16); left > 0; left--) {
    commands.push({ kind: program.readUInt32LE(at), at });
    at += program.readUInt32LE(at + 4);
  }
  return commands;
}

function pageHashes(code: Buffer, pageBytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(code.length / pageBytes) }, (_, page) =>
    createHash("sha256")
      .update(code.subarray(page * pageBytes, (page + 1) * pageBytes))
      .digest(),
  );
}

function writeWords(bytes: Buffer, at: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, at + index * 4);
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
