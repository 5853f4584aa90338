// Looks into a compiled program: what it runs on, and whether macOS will start it. Most targets cannot be
// started on the machine that builds them, so this is the only proof that the build did what was asked.
import { createHash } from "node:crypto";

export interface Platform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "x64" | "arm64";
  readonly libc?: "glibc" | "musl";
}

const ELF = 0x464c457f;
const MACH_O = 0xfeedfacf;
const PE = 0x00004550;
const ARCH_BY_MACHINE: Readonly<Record<number, Platform["arch"]>> = {
  62: "x64", // ELF
  183: "arm64",
  16777223: "x64", // Mach-O
  16777228: "arm64",
  34404: "x64", // PE
  43620: "arm64",
};
/** The name of the dynamic loader stands near the beginning of an ELF file. */
const LOADER_BYTES = 8_192;

/** The platform that the bytes of a program are for, by its magic numbers; undefined for anything else. */
export function platformOf(bytes: Buffer): Platform | undefined {
  if (bytes.readUInt32LE(0) === ELF) {
    const libc = bytes.subarray(0, LOADER_BYTES).includes("/ld-musl-") ? "musl" : "glibc";
    return withArch("linux", bytes.readUInt16LE(18), { libc });
  }
  if (bytes.readUInt32LE(0) === MACH_O) return withArch("darwin", bytes.readUInt32LE(4));
  if (bytes.toString("latin1", 0, 2) !== "MZ") return undefined;
  const header = bytes.readUInt32LE(0x3c);
  return bytes.readUInt32LE(header) === PE ? withArch("windows", bytes.readUInt16LE(header + 4)) : undefined;
}

function withArch(os: Platform["os"], machine: number, more: Pick<Platform, "libc"> = {}): Platform | undefined {
  const arch = ARCH_BY_MACHINE[machine];
  return arch && { os, arch, ...more };
}

const LOAD_COMMANDS_AT = 32;
const LC_CODE_SIGNATURE = 0x1d;
const CODE_DIRECTORY = 0xfade0c02;
const SHA256_TYPE = 2;

/**
 * Why macOS would kill this program at its start; undefined when its signature holds for every page.
 * The signature is ad hoc: it proves that nothing was damaged, not who made it.
 */
export function signatureProblem(bytes: Buffer): string | undefined {
  const at = signatureOffset(bytes);
  if (at === undefined) return "it is not signed";
  const blobs = bytes.readUInt32BE(at + 8);
  for (let blob = 0; blob < blobs; blob++) {
    const directory = at + bytes.readUInt32BE(at + 16 + blob * 8);
    if (bytes.readUInt32BE(directory) === CODE_DIRECTORY) return damagedPage(bytes, directory);
  }
  return "its signature has no code directory";
}

function signatureOffset(bytes: Buffer): number | undefined {
  const commands = bytes.readUInt32LE(16);
  let at = LOAD_COMMANDS_AT;
  for (let command = 0; command < commands; command++) {
    if (bytes.readUInt32LE(at) === LC_CODE_SIGNATURE) return bytes.readUInt32LE(at + 8);
    at += bytes.readUInt32LE(at + 4);
  }
  return undefined;
}

function damagedPage(bytes: Buffer, directory: number): string | undefined {
  const hashes = directory + bytes.readUInt32BE(directory + 16);
  const pages = bytes.readUInt32BE(directory + 28);
  const end = bytes.readUInt32BE(directory + 32);
  const hashBytes = bytes.readUInt8(directory + 36);
  const pageBytes = 1 << bytes.readUInt8(directory + 39);
  if (bytes.readUInt8(directory + 37) !== SHA256_TYPE) return "its signature is not SHA-256";
  for (let page = 0; page < pages; page++) {
    const content = bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, end));
    const hash = createHash("sha256").update(content).digest();
    const signed = bytes.subarray(hashes + page * hashBytes, hashes + (page + 1) * hashBytes);
    if (!hash.equals(signed)) return `page ${page} of ${pages} does not match its signature`;
  }
  return undefined;
}
