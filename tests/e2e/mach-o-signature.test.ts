// No Mac builds cadre, so that macOS would start it is proven on the bytes.
import { expect, test } from "bun:test";
import { signAdHoc, signatureProblem } from "../../scripts/release/mach-o-signature.ts";

const PAGE_BYTES = 4_096;
const CODE_BYTES = 2 * PAGE_BYTES + 100;
const SEGMENT = 0x19;
const CODE_SIGNATURE = 0x1d;

/** The smallest program that has what a signature is about: two segments, and a stale signature of 64 bytes. */
function machO(): Buffer {
  const bytes = Buffer.alloc(CODE_BYTES + 64, 7);
  bytes.fill(0, 0, 256);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(3, 16);
  const segment = (at: number, name: string, offset: number, size: number) => {
    bytes.writeUInt32LE(SEGMENT, at);
    bytes.writeUInt32LE(72, at + 4);
    bytes.write(name, at + 8);
    bytes.writeBigUInt64LE(BigInt(offset), at + 40);
    bytes.writeBigUInt64LE(BigInt(size), at + 48);
  };
  segment(32, "__TEXT", 0, PAGE_BYTES);
  segment(104, "__LINKEDIT", PAGE_BYTES, bytes.length - PAGE_BYTES);
  for (const [index, word] of [CODE_SIGNATURE, 16, CODE_BYTES, 64].entries())
    bytes.writeUInt32LE(word, 176 + index * 4);
  return bytes;
}

test("signAdHoc() makes a signature that holds, in place of a stale one", () => {
  const signed = signAdHoc(machO(), "cadre");

  expect(signatureProblem(signed)).toBeUndefined();
  expect(signed.readUInt32LE(176 + 12)).toBe(signed.length - CODE_BYTES);
  expect(Number(signed.readBigUInt64LE(104 + 48))).toBe(signed.length - PAGE_BYTES);
});

test("signatureProblem() names the page that was changed after signing", () => {
  const signed = signAdHoc(machO(), "cadre");
  signed[PAGE_BYTES + 5] = 1;

  expect(signatureProblem(signed)).toBe("page 1 does not match its signature");
});

test("signatureProblem() sees that a signature does not reach to the end, as Bun leaves it for Intel", () => {
  const signed = signAdHoc(machO(), "cadre");
  const directory = CODE_BYTES + 20;
  signed.writeUInt32BE(PAGE_BYTES, directory + 32);

  expect(signatureProblem(signed)).toBe("its signature does not cover the whole program");
});

test("signatureProblem() knows a program without a signature", () => {
  const program = machO();
  program.writeUInt32LE(2, 16);

  expect(signatureProblem(program)).toBe("it is not signed");
});
