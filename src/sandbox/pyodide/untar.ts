const BLOCK_BYTES = 512;
const SIZE_AT = 124;
const SIZE_CHARS = 12;
const NAME_CHARS = 100;
const TYPE_AT = 156;
const PLAIN = ["0", "\0"];

/** The plain files of a tar archive, by path. Links, folders and whatever else there may be are left out. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK_BYTES <= archive.length; ) {
    const header = Buffer.from(archive.buffer, archive.byteOffset + at, BLOCK_BYTES).toString("latin1");
    const name = header.slice(0, NAME_CHARS).replace(/\0.*$/s, "");
    const size = Number.parseInt(header.slice(SIZE_AT, SIZE_AT + SIZE_CHARS), 8) || 0;
    at += BLOCK_BYTES;
    if (name !== "" && PLAIN.includes(header[TYPE_AT] ?? "")) files.set(name, archive.subarray(at, at + size));
    at += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}
