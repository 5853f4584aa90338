import { gzipSync } from "node:zlib";

const BLOCK = 512;

export interface Packed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** A tar archive, packed: the same bytes for the same files, whoever makes it and when. */
export function tarGz(files: readonly Packed[]): Uint8Array {
  const parts = files.flatMap((file) => [header(file), file.bytes, new Uint8Array(padding(file.bytes.length))]);
  return gzipSync(Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]), { level: 9 });
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function header({ name, bytes, mode }: Packed): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const put = (text: string, at: number) => block.write(text, at, "latin1");
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(bytes.length, 11), 124);
  put(octal(0, 11), 136);
  put(" ".repeat(8), 148);
  put("0", 156);
  put("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
