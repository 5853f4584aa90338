const BLOCK = 512;
const SIZE_AT = 124;
const SIZE_CHARS = 11;
const KIND_AT = 156;
const NAME_CHARS = 100;

/** One file out of a tar archive, by its name; undefined when it is not in it. */
export function fileInTar(archive: Uint8Array, name: string): Uint8Array | undefined {
  const text = new TextDecoder("latin1");
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    const found = text.decode(header.subarray(0, NAME_CHARS)).split("\0")[0]?.replace(/^\.\//, "");
    const size = Number.parseInt(text.decode(header.subarray(SIZE_AT, SIZE_AT + SIZE_CHARS)), 8);
    const isFile = header[KIND_AT] === 0x30 || header[KIND_AT] === 0;
    if (found === "" || Number.isNaN(size)) return undefined; // The end, or no tar at all.
    const start = at + BLOCK;
    if (isFile && found === name)
      return start + size <= archive.length ? archive.slice(start, start + size) : undefined;
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
