import { expect, test } from "bun:test";
import { runtime } from "../../../src/runtime/current.ts";
import { type Confined, confine, type Plan } from "../../../src/sandbox/confine.ts";
import { LIMITS_DEFAULT } from "../../../src/sandbox/limits.ts";

const PLAN: Plan = {
  command: ["/usr/bin/true"],
  env: { WORD: "secret" },
  cwd: "/",
  readable: ["/somewhere"],
  writable: ["/elsewhere"],
  network: "off",
  isRuntime: false,
};
const MIB = 1024 * 1024;
const linux = { ...runtime.host, platform: "linux", uid: 1_000 };

function launched(confined: Confined) {
  if ("command" in confined) throw new Error("it is not launched");
  return confined;
}

test("confine() tells the launcher of the program, and puts nothing of it into the command line", () => {
  const ground = { level: "landlock", uid: undefined, limits: LIMITS_DEFAULT } as const;
  const { around, ahead, env, policy } = launched(confine(linux, PLAN, ground));

  expect(around).toEqual([]);
  expect(ahead).toBe(0);
  expect(env).toEqual(linux.selfEnv);
  expect(policy).toMatchObject({
    command: ["/usr/bin/true"],
    env: { WORD: "secret" },
    writable: ["/elsewhere"],
    landlock: true,
    seccomp: true,
    network: "off",
    rlimits: { dataBytes: 512 * MIB, addressBytes: 640 * MIB, cpuSeconds: 60 },
  });
  expect(policy.mounts).toBeUndefined();
  expect(policy.readable).toContain("/somewhere");
  expect(policy.readable).not.toContain("/etc/resolv.conf");
});

test("confine() asks for a user namespace as an ordinary user, for none as root, and leaves the network where it is wanted", () => {
  const ground = { level: "namespace", uid: undefined, limits: LIMITS_DEFAULT } as const;
  const user = launched(confine(linux, PLAN, ground)).around;
  const root = launched(confine({ ...linux, uid: 0 }, { ...PLAN, network: "on" }, { ...ground, uid: 61_200 })).around;

  expect(user.slice(0, 4)).toEqual(["/usr/bin/unshare", "--user", "--map-root-user", "--net"]);
  expect(root).not.toContain("--user");
  expect(root).not.toContain("--net");
});

test.each(["darwin", "win32"])("confine() runs a program as it is on %s, where nothing walls it in", (platform) => {
  const ground = { level: "process", uid: undefined, limits: LIMITS_DEFAULT } as const;

  expect(confine({ ...linux, platform }, PLAN, ground)).toEqual({
    command: PLAN.command,
    env: PLAN.env,
    cwd: PLAN.cwd,
  });
});

test("confine() puts the walls of macOS around a program there", () => {
  const ground = { level: "landlock", uid: undefined, limits: LIMITS_DEFAULT } as const;

  expect(confine({ ...linux, platform: "darwin" }, PLAN, ground)).toMatchObject({
    command: expect.arrayContaining(["/usr/bin/sandbox-exec"]),
  });
});
