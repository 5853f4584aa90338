// The profile and the command that macOS is given. Nothing of it has been run there.
import { expect, test } from "bun:test";
import type { Plan } from "../../../../src/sandbox/confine.ts";
import { LIMITS_DEFAULT } from "../../../../src/sandbox/limits.ts";
import { seatbeltCommand, seatbeltProfile } from "../../../../src/sandbox/macos/seatbelt.ts";

const PLAN: Plan = {
  command: ["/usr/bin/python3", "driver.py", "a b"],
  env: {},
  cwd: "/private/tmp/run/work",
  readable: ["/private/tmp/run/code"],
  writable: ["/private/tmp/run/work"],
  network: "off",
  isRuntime: false,
};

test("nothing is allowed but what is named", () => {
  const lines = seatbeltProfile(PLAN).split("\n");

  expect(lines.slice(0, 2)).toEqual(["(version 1)", "(deny default)"]);
  expect(lines.filter((line) => line.includes("network"))).toEqual([]);
  expect(seatbeltProfile(PLAN)).toContain('(allow file-write*\n  (subpath "/private/tmp/run/work"))');
  expect(seatbeltProfile(PLAN)).not.toMatch(/subpath "\/(Users|private\/var\/root|private\/tmp)"/);
});

test("brackets close, whatever a path holds", () => {
  const odd = seatbeltProfile({ ...PLAN, writable: ['/tmp/a"b\\c(d)'] });

  expect(odd).toContain('(subpath "/tmp/a\\"b\\\\c(d)")');
  const plain = odd.replace(/"(?:[^"\\]|\\.)*"/g, "");
  expect(plain.split("(").length).toBe(plain.split(")").length);
});

test("the network is off, one port of this machine, or on", () => {
  expect(seatbeltProfile({ ...PLAN, network: 3128 })).toContain(
    '(allow network-outbound (remote tcp "localhost:3128"))',
  );
  expect(seatbeltProfile({ ...PLAN, network: "on" })).toContain("(allow network-outbound)");
});

test("what must not be changed is denied after all that is allowed", () => {
  const profile = seatbeltProfile({
    ...PLAN,
    writable: ["/p"],
    protected: { readOnly: ["/p/.cadre"], pinned: ["/p/.git"] },
  });

  expect(profile.indexOf("(deny file-write*")).toBeGreaterThan(profile.indexOf("(allow file-write*"));
  expect(profile).toEndWith('(deny file-write*\n  (subpath "/p/.cadre")\n  (subpath "/p/.git"))');
});

test("a shell sets the limits and becomes the program", () => {
  const command = seatbeltCommand(PLAN, { ...LIMITS_DEFAULT, cpuMs: 2_500, diskBytes: 1_000, openFiles: 64 });

  expect(command.slice(0, 2)).toEqual(["/usr/bin/sandbox-exec", "-p"]);
  expect(command.slice(3)).toEqual([
    "/bin/sh",
    "-c",
    'ulimit -t 3 && ulimit -f 2 && ulimit -n 64 && ulimit -c 0 && exec "$@"',
    "sh",
    ...PLAN.command,
  ]);
});
