import { crc32, deflateRawSync } from "node:zlib";
import type { Packed } from "./tar.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UNIX = 3 << 8;
const DEFLATED = 8;
/** The first of January 1980: a zip has no earlier day, and the same files make the same bytes. */
const DAY = 0x21;

/** A zip archive: the same bytes for the same files. */
export function zip(files: readonly Packed[]): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const packed = deflateRawSync(file.bytes, { level: 9 });
    const common = commonOf(file, packed);
    const name = Buffer.from(file.name);
    const head = Buffer.concat([u32(LOCAL), common, u16(0), name]);
    local.push(head, packed);
    const mode = ((0o100000 | file.mode) << 16) >>> 0;
    central.push(
      Buffer.concat([
        u32(CENTRAL),
        u16(UNIX | VERSION),
        common,
        u16(0),
        u16(0),
        u16(0),
        u16(0),
        u32(mode),
        u32(offset),
        name,
      ]),
    );
    offset += head.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = [
    u32(END),
    u16(0),
    u16(0),
    u16(files.length),
    u16(files.length),
    u32(directory.length),
    u32(offset),
    u16(0),
  ];
  return Buffer.concat([...local, directory, ...end]);
}

/** What stands in both headers, from the version that unpacks it to the length of the name. */
function commonOf({ name, bytes }: Packed, packed: Buffer): Buffer {
  return Buffer.concat([
    ...[u16(VERSION), u16(0), u16(DEFLATED), u16(0), u16(DAY)],
    ...[u32(crc32(bytes)), u32(packed.length), u32(bytes.length), u16(Buffer.byteLength(name))],
  ]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
