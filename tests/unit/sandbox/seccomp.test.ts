// The filter, run as the kernel runs it: a small interpreter of its instructions.
import { describe, expect, test } from "bun:test";
import type { NetworkReach } from "../../../src/sandbox/launcher/launch-policy.ts";
import { filterOf } from "../../../src/sandbox/launcher/seccomp.ts";

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const fail = (errno: number) => 0x00050000 | errno;
const MACHINES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;

interface SystemCall {
  readonly arch?: number;
  readonly number: number;
  readonly values?: readonly number[];
}

function answerOf(machine: keyof typeof MACHINES, network: NetworkReach, call: SystemCall): number {
  const data = new Map<number, number>([
    [0, call.number],
    [4, call.arch ?? MACHINES[machine]],
    ...(call.values ?? []).map((value, at): [number, number] => [16 + at * 8, value]),
  ]);
  const filter = filterOf(machine, network);
  let loaded = 0;
  for (let at = 0; at < filter.length; at++) {
    const [code, ifTrue, ifFalse, value] = filter[at] ?? [0, 0, 0, 0];
    if (code === 0x06) return value;
    if (code === 0x20) loaded = data.get(value) ?? 0;
    else if (code === 0x54) loaded &= value;
    else at += TESTS[code]?.(loaded, value) ? ifTrue : ifFalse;
  }
  throw new Error("the filter has no end");
}

/** The three jumps, by their code. */
const TESTS: Readonly<Record<number, (loaded: number, value: number) => boolean>> = {
  21: (loaded, value) => loaded === value,
  53: (loaded, value) => loaded >= value,
  69: (loaded, value) => (loaded & value) !== 0,
};

describe.each(["x64", "arm64"] as const)("on %s", (machine) => {
  const numbers =
    machine === "x64"
      ? { read: 0, ptrace: 101, socket: 41, clone: 56, ioctl: 16, prlimit64: 302, setsid: 112, unshare: 272 }
      : { read: 63, ptrace: 117, socket: 198, clone: 220, ioctl: 29, prlimit64: 261, setsid: 157, unshare: 97 };

  test.each<[string, SystemCall, NetworkReach, number]>([
    ["reading", { number: numbers.read }, "off", ALLOW],
    ["another machine's calls", { number: numbers.read, arch: 0x40000003 }, "off", KILL],
    ["ptrace", { number: numbers.ptrace }, "off", fail(1)],
    ["a namespace", { number: numbers.unshare }, "off", fail(1)],
    ["a call that is newer than the table", { number: 453 }, "off", fail(38)],
    ["clone3", { number: 435 }, "off", fail(38)],
    ["a thread", { number: numbers.clone, values: [0x003d0f00] }, "off", ALLOW],
    ["a clone into a user namespace", { number: numbers.clone, values: [0x10000011] }, "off", fail(1)],
    ["a socket without network", { number: numbers.socket, values: [2] }, "off", fail(13)],
    ["a socket with network", { number: numbers.socket, values: [2] }, "on", ALLOW],
    ["a socket of IPv6 with network", { number: numbers.socket, values: [10] }, "on", ALLOW],
    ["a Unix socket, with network too", { number: numbers.socket, values: [1] }, "on", fail(13)],
    ["a stream towards a proxy", { number: numbers.socket, values: [2, 0o2000001] }, 3128, ALLOW],
    ["a stream of IPv6 towards a proxy", { number: numbers.socket, values: [10, 1] }, 3128, ALLOW],
    ["a datagram past a proxy", { number: numbers.socket, values: [2, 2] }, 3128, fail(13)],
    ["a Unix socket past a proxy", { number: numbers.socket, values: [1, 1] }, 3128, fail(13)],
    ["a session of its own: without effect", { number: numbers.setsid }, "off", fail(0)],
    ["typing into the terminal", { number: numbers.ioctl, values: [0, 0x5412] }, "off", fail(1)],
    ["another ioctl", { number: numbers.ioctl, values: [0, 0x5401] }, "off", ALLOW],
    ["its own limits", { number: numbers.prlimit64, values: [0] }, "off", ALLOW],
    ["the limits of another", { number: numbers.prlimit64, values: [77] }, "off", fail(1)],
  ])("%s", (_what, call, network, answer) => {
    expect(answerOf(machine, network, call)).toBe(answer);
  });

  test("no jump leads out of the filter", () => {
    const filter = filterOf(machine, "off");
    for (const [at, [code, ifTrue, ifFalse]] of filter.entries()) {
      if (code === 0x06 || code === 0x20) continue;
      expect(at + 1 + Math.max(ifTrue, ifFalse)).toBeLessThan(filter.length);
      expect(Math.max(ifTrue, ifFalse)).toBeLessThan(256);
    }
  });
});

test("the calls of the x32 form are refused on x64", () => {
  expect(answerOf("x64", "off", { number: 0x40000000 })).toBe(fail(1));
});
