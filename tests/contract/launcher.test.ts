import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runtime } from "../../src/runtime/current.ts";
import type { Ended, Runtime } from "../../src/runtime/runtime.ts";
import { confine, type Plan } from "../../src/sandbox/confine.ts";
import { Launcher } from "../../src/sandbox/launcher/launcher.ts";
import { launcherFile } from "../../src/sandbox/launcher/launcher-file.ts";
import { LAUNCH_FAILED, Steps } from "../../src/sandbox/launcher/steps.ts";
import { type Arch, archOf } from "../../src/sandbox/launcher/syscalls.ts";
import { LIMITS_DEFAULT } from "../../src/sandbox/limits.ts";
import { tempFolder } from "../harness/folder.ts";

const isLinux = process.platform === "linux";
const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());

interface Machine {
  readonly arch: Arch;
  /** What runs its programs here, if this is another machine. */
  readonly emulator: string | undefined;
}

function fileOf(arch: Arch): string {
  const path = join(folder.path, `launch-${arch}`);
  writeFileSync(path, launcherFile(arch));
  chmodSync(path, 0o755);
  return path;
}

async function told({ arch, emulator }: Machine, bytes: Uint8Array): Promise<Ended & { readonly output: string }> {
  let output = "";
  const file = fileOf(arch);
  const started = await runtime.start(emulator === undefined ? [file] : [emulator, file], {
    env: {},
    cwd: "/",
    onOutput: (_stream, piece) => {
      output += Buffer.from(piece).toString();
    },
  });
  await started.write(bytes);
  await started.endInput();
  const ended = await started.ended;
  await started.drained;
  return { ...ended, output };
}

const EMULATOR = "/usr/bin/qemu-aarch64-static";
const machines: Machine[] = isLinux ? [{ arch: archOf(process.arch), emulator: undefined }] : [];
if (process.arch === "x64" && existsSync(EMULATOR)) machines.push({ arch: "arm64", emulator: EMULATOR });
else if (process.arch === "x64") console.log(`SKIPPED the launcher of arm64: there is no ${EMULATOR}`);

describe.each(machines)("the launcher of $arch", (machine) => {
  const steps = () => new Steps(machine.arch);

  test("makes one call after the other, with what they point to", async () => {
    const say = steps();
    say.call("execve", "/bin/echo", say.texts(["echo", "hello", "there"]), say.texts([]));

    expect(await told(machine, say.encode())).toMatchObject({ exit: 0, output: "hello there\n" });
  });

  test("goes on after a failure that does not matter, and says which call failed where it does", async () => {
    const fails = steps();
    fails.try("chdir", "/nowhere");
    fails.call("chdir", "/nowhere/at/all");
    fails.call("exit_group", 0);

    expect(await told(machine, fails.encode())).toMatchObject({
      exit: LAUNCH_FAILED,
      output: "cadre-launch: chdir failed with 0002\n",
    });
  });

  test("passes over what depends on a call that failed", async () => {
    const some = steps();
    some.when("chdir", ["/nowhere"], () => some.call("exit_group", 1));
    some.when("chdir", ["/"], () => some.when("chdir", ["/usr"], () => some.call("exit_group", 7)));
    some.call("exit_group", 2);

    expect((await told(machine, some.encode())).exit).toBe(7);
  });

  test("reads what it is told in pieces, and leaves what follows to the program", async () => {
    const cat = steps();
    const many = Array.from({ length: 3_000 }, (_, at) => `word ${at}`);
    cat.call("execve", "/bin/sh", cat.texts(["sh", "-c", 'echo "$#"; cat', "sh", ...many]), cat.texts([]));
    const input = Buffer.concat([cat.encode(), Buffer.from("its own input")]);

    expect((await told(machine, input)).output).toBe("3000\nits own input");
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["half a header", new Uint8Array(8)],
    ["less than was promised", new Uint8Array(16).fill(100, 0, 1)],
    ["more than there is room for", new Uint8Array(16).fill(0x7f)],
  ])("leaves in silence when it is told %s", async (_what, bytes) => {
    expect(await told(machine, bytes)).toMatchObject({ exit: LAUNCH_FAILED, output: "" });
  });

  test("what is too much for it is refused before it starts", () => {
    const large = steps();
    large.texts([" ".repeat(17 * 1024 * 1024)]);

    expect(() => large.encode()).toThrow("does not fit");
  });
});

function plan(script: string): Plan {
  return {
    command: ["/bin/sh", "-c", script],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    readable: [],
    writable: [],
    network: "off",
    isRuntime: false,
  };
}

async function run(launcher: Launcher, script: string): Promise<string> {
  const confined = confine(runtime.host, plan(script), { level: "landlock", uid: undefined, limits: LIMITS_DEFAULT });
  let output = "";
  const started = await launcher.start(confined, (_stream, bytes) => {
    output += Buffer.from(bytes).toString();
  });
  await started.endInput();
  await started.ended;
  await started.drained;
  return output;
}

/** Remembers what was started, and may refuse it. */
function watched(refuses: (path: string) => boolean = () => false): { runtime: Runtime; paths: string[] } {
  const paths: string[] = [];
  const start: Runtime["start"] = async (command, options) => {
    const path = command.at(-1) ?? "";
    if (refuses(path)) throw Object.assign(new Error("not allowed"), { code: "EACCES" });
    paths.push(path);
    return runtime.start(command, options);
  };
  return { runtime: { ...runtime, start }, paths };
}

test.if(isLinux)(
  "the file of the launcher is made again when somebody has cleared it away, and goes with close()",
  async () => {
    const seen = watched();
    const launcher = new Launcher(seen.runtime, folder.path);

    expect(await run(launcher, "echo one")).toBe("one\n");
    rmSync(dirname(seen.paths.at(-1) ?? ""), { recursive: true });
    expect(await run(launcher, "echo two")).toBe("two\n");
    launcher.close();

    expect(seen.paths.filter((path) => existsSync(path))).toEqual([]);
  },
);

test.if(isLinux)("where nothing may be run from the folder for temporary files, it is put elsewhere", async () => {
  using other = tempFolder();
  const elsewhere = join(other.path, "packages");
  const seen = watched((path) => !path.startsWith(elsewhere));

  expect(await run(new Launcher(seen.runtime, elsewhere), "echo here")).toBe("here\n");
  expect(seen.paths.every((path) => path.startsWith(elsewhere))).toBe(true);
});

test.if(isLinux)("where nothing may be run at all, the error says what to do", async () => {
  const launcher = new Launcher(watched(() => true).runtime, join(folder.path, "elsewhere"));

  await expect(run(launcher, "true")).rejects.toMatchObject({
    code: "unavailable",
    hint: expect.stringContaining("noexec"),
  });
});
