// Looks into a compiled program: what it runs on. Most targets cannot be started on the machine that builds
// them, so this is the proof that the build did what was asked.

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
