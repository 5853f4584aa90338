// The Linux kernel's calls that cadre makes by itself: their numbers, and how a file is opened.
const X64 = {
  prctl: 157,
  prlimit64: 302,
  setsid: 112,
  chdir: 80,
  openat: 257,
  close: 3,
  dup3: 292,
  execve: 59,
  exit_group: 231,
  seccomp: 317,
  setresuid: 117,
  setresgid: 119,
  setgroups: 116,
  mount: 165,
  unshare: 272,
  mkdirat: 258,
  capset: 126,
  fcntl: 72,
  fchown: 93,
  setpriority: 141,
  socket: 41,
  ioctl: 16,
} as const;

const ARM64: Record<keyof typeof X64, number> = {
  prctl: 167,
  prlimit64: 261,
  setsid: 157,
  chdir: 49,
  openat: 56,
  close: 57,
  dup3: 24,
  execve: 221,
  exit_group: 94,
  seccomp: 277,
  setresuid: 147,
  setresgid: 149,
  setgroups: 159,
  mount: 40,
  unshare: 97,
  mkdirat: 34,
  capset: 91,
  fcntl: 25,
  fchown: 55,
  setpriority: 140,
  socket: 198,
  ioctl: 29,
};

/** These have the same number everywhere. */
const COMMON = {
  close_range: 436,
  mount_setattr: 442,
  landlock_create_ruleset: 444,
  landlock_add_rule: 445,
  landlock_restrict_self: 446,
} as const;

export type Syscall = keyof typeof X64 | keyof typeof COMMON;
export type Arch = "x64" | "arm64";

export function syscallNumbers(arch: Arch): Readonly<Record<Syscall, number>> {
  return { ...(arch === "x64" ? X64 : ARM64), ...COMMON };
}

export function archOf(name: string): Arch {
  if (name === "x64" || name === "arm64") return name;
  throw new Error(`no system call numbers for ${name}`);
}

/** Paths are taken as they are. */
export const AT_FDCWD = -100;
/** The handle names the file, and reads nothing of it. */
export const PATH_ONLY = 0o10000000;
export const CLOSE_ON_EXEC = 0o2000000;
export const CREATE = 0o100;
