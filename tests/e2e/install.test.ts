// install.sh as people run it: a plain sh, a PATH with few programs, a server of releases on loopback.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wrapperPackage } from "../../scripts/release/bundle.ts";
import { type TempFolder, tempFolder } from "../harness/folder.ts";
import { type ReleaseServer, releaseServer, TARGET } from "../harness/release.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/release/install.sh");
const TOOLS = [
  "sh",
  "uname",
  "mktemp",
  "mkdir",
  "rm",
  "mv",
  "cp",
  "chmod",
  "tar",
  "gzip",
  "awk",
  "cut",
  "ls",
  "sha256sum",
  "sysctl",
];

/** Some machines have one, some the other. */
const FETCHER = Bun.which("curl") ? "curl" : "wget";

interface Installed {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bin: string;
}

async function install(
  folder: TempFolder,
  server: Pick<ReleaseServer, "from">,
  { args = [], fetcher = FETCHER, script = SCRIPT }: { args?: string[]; fetcher?: string; script?: string } = {},
): Promise<Installed> {
  const path = join(folder.path, "path");
  mkdirSync(path, { recursive: true });
  for (const tool of [...TOOLS, fetcher]) {
    const found = Bun.which(tool);
    if (found && !existsSync(join(path, tool))) symlinkSync(found, join(path, tool));
  }
  const env = { HOME: folder.path, PATH: path, CADRE_RELEASES: server.from };
  const child = Bun.spawn([Bun.which("sh") ?? "sh", script, ...args], { env, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exit, stdout, stderr, bin: join(folder.path, ".local/bin") };
}

test("it downloads, checks, puts into place, and says what to do next", async () => {
  using folder = tempFolder();
  using server = releaseServer("1.0.0", TARGET);

  const done = await install(folder, server);

  expect(done.stderr).toBe("");
  expect(done.exit).toBe(0);
  expect(done.stdout).toContain(`installed cadre 1.0.0 (test, sh) as ${done.bin}/cadre\nnext: ${done.bin}/cadre setup`);
  expect(readdirSync(done.bin)).toEqual(["cadre"]);
});

test.skipIf(Bun.which("wget") === null)("it does with wget, too", async () => {
  using folder = tempFolder();
  using server = releaseServer("1.0.0", TARGET);

  expect((await install(folder, server, { fetcher: "wget" })).exit).toBe(0);
});

test("it installs a version that is asked for, into a folder that is asked for", async () => {
  using folder = tempFolder();
  using server = releaseServer("0.9.0", TARGET);
  const to = join(folder.path, "elsewhere");

  const done = await install(folder, server, { args: ["--version", "v0.9.0", "--to", to] });
  const none = await install(folder, server, { args: ["--version", "0.8.0", "--to", to] });

  expect(done.exit).toBe(0);
  expect(readdirSync(to)).toEqual(["cadre"]);
  expect(none.stderr).toContain("/download/v0.8.0/SHA256SUMS");
});

describe("it leaves nothing behind when", () => {
  test.each<[string, (server: ReleaseServer) => void, string]>([
    [
      "the sum is wrong",
      ({ files }) => void files.set("SHA256SUMS", Buffer.from(`${"0".repeat(64)}  cadre-${TARGET}.tar.gz\n`)),
      "the sum of cadre-",
    ],
    ["the download is cut", (server) => server.cut(`cadre-${TARGET}.tar.gz`, 50), "the sum of cadre-"],
    [
      "there is none for this machine",
      ({ files }) => void files.set("SHA256SUMS", Buffer.from("x  y\n")),
      "does not name cadre-",
    ],
    ["nothing is published", ({ files }) => files.clear(), "cannot fetch"],
  ])("%s", async (_what, spoil, message) => {
    using folder = tempFolder();
    using server = releaseServer("1.0.0", TARGET);
    spoil(server);

    const failed = await install(folder, server);

    expect(failed.exit).toBe(1);
    expect(failed.stderr).toContain(`error `);
    expect(failed.stderr).toContain(message);
    expect(readdirSync(failed.bin)).toEqual([]);
  });

  test("what was downloaded does not start", async () => {
    using folder = tempFolder();
    using server = releaseServer("1.0.0", TARGET, "#!/bin/sh\nexit 1\n");

    const failed = await install(folder, server);

    expect(failed.stderr).toContain("what was downloaded does not start");
    expect(readdirSync(failed.bin)).toEqual([]);
  });

  test("there is neither curl nor wget", async () => {
    using folder = tempFolder();
    using server = releaseServer("1.0.0", TARGET);

    expect((await install(folder, server, { fetcher: "true" })).stderr).toContain("there is neither curl nor wget");
  });

  test("its folder cannot be made", async () => {
    using folder = tempFolder();
    using server = releaseServer("1.0.0", TARGET);
    writeFileSync(join(folder.path, "file"), "");

    const failed = await install(folder, server, { args: ["--to", join(folder.path, "file/bin")] });

    expect(failed.stderr).toContain("cannot write into");
    expect(failed.stderr).toContain("→ Choose another folder with --to FOLDER.");
  });

  test("the script itself was cut, wherever", async () => {
    using folder = tempFolder();
    using server = releaseServer("1.0.0", TARGET);
    const whole = readFileSync(SCRIPT, "utf8");
    for (const share of [0.2, 0.5, 0.8, 0.99]) {
      const script = join(folder.path, "cut.sh");
      writeFileSync(script, whole.slice(0, Math.floor(whole.length * share)));

      await install(folder, server, { script });

      expect(existsSync(join(folder.path, ".local/bin/cadre"))).toBe(false);
    }
  });
});

describe("the npm package", () => {
  const lay = (folder: TempFolder, withPlatform: boolean) => {
    for (const { name, bytes } of wrapperPackage(["linux-x64"])) {
      const path = join(folder.path, "node_modules/cadre", name.replace("package/", ""));
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, bytes);
    }
    if (!withPlatform) return;
    const system = `cadre-${TARGET}`;
    mkdirSync(join(folder.path, "node_modules", system, "bin"), { recursive: true });
    writeFileSync(join(folder.path, "node_modules", system, "package.json"), "{}");
    writeFileSync(join(folder.path, "node_modules", system, "bin/cadre"), '#!/bin/sh\necho "ran $*"; exit 7\n', {
      mode: 0o755,
    });
  };
  const start = (folder: TempFolder) =>
    Bun.spawnSync([
      Bun.which("node") ?? process.execPath,
      join(folder.path, "node_modules/cadre/bin/cadre.cjs"),
      "a",
      "b c",
    ]);

  test("starts the executable of its platform without an install script, and leaves with its code", () => {
    using folder = tempFolder();
    lay(folder, true);

    const { stdout, exitCode } = start(folder);

    expect(stdout.toString()).toBe("ran a b c\n");
    expect(exitCode).toBe(7);
  });

  test("says what to do when that one is not there", () => {
    using folder = tempFolder();
    lay(folder, false);

    const { stderr, exitCode } = start(folder);

    expect(exitCode).toBe(1);
    expect(stderr.toString()).toContain("→ install again without --no-optional");
  });
});
