// The filter that every system call of a program goes through: what no program needs, and what would lead out,
// is answered with an error. Never with death: runtimes probe for calls that they can do without.
import type { NetworkReach } from "./launch-policy.ts";
import { type Steps, words64 } from "./steps.ts";
import type { Arch } from "./syscalls.ts";

/** Calls that are refused, x86-64 first, then arm64; null where a machine has no such call. */
const REFUSED = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  fanotify_init: [300, 262],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  quotactl_fd: [443, 443],
  unshare: [272, 97],
  setns: [308, 268],
  chroot: [161, 51],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  acct: [163, 89],
  syslog: [103, 116],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  settimeofday: [164, 170],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  quotactl: [179, 60],
  lookup_dcookie: [212, 18],
  vhangup: [153, 58],
  uselib: [134, null],
  ustat: [136, null],
  mknod: [133, null],
  mknodat: [259, 33],
  setpriority: [141, 140],
  ioprio_set: [251, 30],
  sched_setscheduler: [144, 119],
  sched_setparam: [142, 118],
  sched_setattr: [314, 274],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  get_mempolicy: [239, 236],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  shmdt: [67, 197],
  semget: [64, 190],
  semop: [65, 193],
  semctl: [66, 191],
  semtimedop: [220, 192],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  mq_timedsend: [242, 182],
  mq_timedreceive: [243, 183],
  mq_notify: [244, 184],
  mq_getsetattr: [245, 185],
} as const satisfies Record<string, readonly [number, number | null]>;

/** Answered as if the kernel did not know them: programs then take the older call. */
const UNKNOWN = {
  clone3: [435, 435], // Its flags lie in memory, where a filter cannot look.
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  memfd_secret: [447, 447],
} as const satisfies Record<string, readonly [number, number]>;

/** The first call that is newer than this table. */
const NEWER = 453;

/** Calls that are looked at more closely. */
const LOOKED_AT = {
  socket: [41, 198],
  setsid: [112, 157],
  setpgid: [109, 154],
  clone: [56, 220],
  ioctl: [16, 29],
  prlimit64: [302, 261],
  sched_setaffinity: [203, 122],
} as const satisfies Record<string, readonly [number, number]>;

const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;

/** Every flag of clone that asks for a namespace. */
const NAMESPACE_FLAGS = 0x7e020000;
/** Puts characters into a terminal's input, as if its user had typed them. */
const TERMINAL_INPUT = [0x5412, 0x541c] as const;
const INTERNET_FAMILIES = [2, 10] as const;
/** Of a socket's type; its other bits say how it behaves. */
const SOCKET_KIND = 0xf;
const STREAM = 1;

const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const AND = 0x54;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const fail = (errno: number) => 0x00050000 | errno;

const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const argumentAt = (index: number) => 16 + index * 8;
const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
/** Calls of the x32 form have this bit. */
const X32_BIT = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

export function filterOf(arch: Arch, network: NetworkReach): readonly Instruction[] {
  const at = arch === "x64" ? 0 : 1;
  const numbers = (table: Readonly<Record<string, readonly [number, number | null]>>) =>
    Object.values(table).flatMap((row) => row[at] ?? []);
  const one = (name: keyof typeof LOOKED_AT) => LOOKED_AT[name][at];
  /** What is done with one call; it ends with a return, so nothing after it sees another accumulator. */
  const when = (number: number, then: readonly Instruction[]): Instruction[] => [
    [EQUAL, 0, then.length, number],
    ...then,
  ];
  const answer = (value: number): Instruction => [RETURN, 0, 0, value];

  return [
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [EQUAL, 1, 0, ARCHITECTURES[arch]],
    answer(KILL),
    [LOAD, 0, 0, NUMBER_AT],
    ...(arch === "x64" ? ([[AT_LEAST, 0, 1, X32_BIT], answer(fail(EPERM))] as const) : []),
    [AT_LEAST, 0, 1, NEWER],
    answer(fail(ENOSYS)),
    ...numbers(REFUSED).flatMap((number) => when(number, [answer(fail(EPERM))])),
    ...numbers(UNKNOWN).flatMap((number) => when(number, [answer(fail(ENOSYS))])),
    // Success without effect: nobody leaves the group, so one signal ends all of it.
    ...when(one("setsid"), [answer(fail(0))]),
    ...when(one("setpgid"), [answer(fail(0))]),
    ...when(
      one("socket"),
      network === "off" ? [answer(fail(EACCES))] : [[LOAD, 0, 0, argumentAt(0)], ...internetSockets(network)],
    ),
    ...when(one("clone"), [
      [LOAD, 0, 0, argumentAt(0)],
      [ANY_BIT, 0, 1, NAMESPACE_FLAGS],
      answer(fail(EPERM)),
      answer(ALLOW),
    ]),
    ...when(one("ioctl"), [
      [LOAD, 0, 0, argumentAt(1)],
      ...TERMINAL_INPUT.flatMap((request) => when(request, [answer(fail(EPERM))])),
      answer(ALLOW),
    ]),
    // Only of itself: a process of the same user must not be slowed down or starved.
    ...(["prlimit64", "sched_setaffinity"] as const).flatMap((name) =>
      when(one(name), [[LOAD, 0, 0, argumentAt(0)], ...when(0, [answer(ALLOW)]), answer(fail(EPERM))]),
    ),
    answer(ALLOW),
  ];
}

/** The family is loaded. Towards a proxy there are streams alone: a datagram would go past it. */
function internetSockets(network: Exclude<NetworkReach, "off">): Instruction[] {
  const [v4, v6] = INTERNET_FAMILIES;
  return network === "on"
    ? [
        [EQUAL, 1, 0, v4],
        [EQUAL, 0, 1, v6],
        [RETURN, 0, 0, ALLOW],
        [RETURN, 0, 0, fail(EACCES)],
      ]
    : [
        [EQUAL, 1, 0, v4],
        [EQUAL, 0, 4, v6],
        [LOAD, 0, 0, argumentAt(1)],
        [AND, 0, 0, SOCKET_KIND],
        [EQUAL, 0, 1, STREAM],
        [RETURN, 0, 0, ALLOW],
        [RETURN, 0, 0, fail(EACCES)],
      ];
}

const SET_FILTER = 1;
const INSTRUCTION_BYTES = 8;

/** By machine and network: most programs have the same. */
const known = new Map<string, Uint8Array>();

export function filterCalls(steps: Steps, network: NetworkReach): void {
  const key = `${steps.arch} ${network}`;
  const bytes = known.get(key) ?? bytesOf(filterOf(steps.arch, network));
  // One for a port of its own would never be needed again.
  if (typeof network !== "number") known.set(key, bytes);
  // The kernel's struct sock_fprog: how many instructions, and where.
  steps.call("seccomp", SET_FILTER, 0, words64(bytes.length / INSTRUCTION_BYTES, steps.address(bytes)));
}

/** The kernel's struct sock_filter, one after the other. */
function bytesOf(filter: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(filter.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [at, [code, ifTrue, ifFalse, value]] of filter.entries()) {
    view.setUint16(at * INSTRUCTION_BYTES, code, true);
    view.setUint8(at * INSTRUCTION_BYTES + 2, ifTrue);
    view.setUint8(at * INSTRUCTION_BYTES + 3, ifFalse);
    view.setUint32(at * INSTRUCTION_BYTES + 4, value >>> 0, true);
  }
  return bytes;
}
