// install.sh on a Debian with nothing in it, from its first file on: `bun tests/install/debian.ts`. As root, with
// debootstrap and a mirror that can be reached; never by the gate. `--root FOLDER` takes one that is there already.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseServer, TARGET } from "../harness/release.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/release/install.sh");
const BINARY = join(import.meta.dirname, "../../dist/cadre");
const VERSION = "9.9.9";
/** Somebody who may write into their own home, and nowhere else. */
const ANN = "1000:1000";
const HOME = "/home/ann";

const given = process.argv.indexOf("--root");
const root = given < 0 ? mkdtempSync(join(tmpdir(), "cadre-debian-")) : (process.argv[given + 1] ?? "");

interface Ran {
  readonly exit: number;
  readonly out: string;
}

/** The server of releases answers from this process meanwhile. */
async function run(...command: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env["PATH"] ?? "" };
  const child = Bun.spawn([...command], { env, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exit, out: stdout + stderr };
}

/** As Ann, in there. */
function inside(command: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const all = { HOME, PATH: "/usr/bin:/bin", ...env };
  const words = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  return run("chroot", `--userspec=${ANN}`, root, "/usr/bin/env", "-i", ...words, "sh", "-c", `cd && ${command}`);
}

function must(what: string, { exit, out }: Ran): void {
  if (exit !== 0) throw new Error(`cannot ${what}:\n${out.slice(-2_000)}`);
}

let failed = 0;
function check(what: string, isSo: boolean, { out }: Ran): void {
  if (!isSo) failed++;
  console.log(`${isSo ? "ok    " : "FAILED"}  ${what}${isSo ? "" : `\n${out.slice(-1_000)}`}`);
}

/** What a failed try must not leave. */
async function isClean(): Promise<boolean> {
  const { out } = await inside("ls -A /tmp");
  return out.trim() === "" && !existsSync(join(root, HOME, ".local/bin/cadre"));
}

try {
  if (!existsSync(BINARY)) must("build cadre", await run(process.execPath, "build.ts"));
  if (given < 0)
    must("make a Debian", await run("debootstrap", "--variant=minbase", "--include=wget", "bookworm", root));
  mkdirSync(join(root, HOME), { recursive: true });
  must("give Ann a home", await run("chown", "-R", ANN, join(root, HOME)));
  must("give it /proc", await run("mount", "-t", "proc", "proc", join(root, "proc")));
  cpSync(SCRIPT, join(root, "install.sh"));

  using server = releaseServer(VERSION, TARGET, readFileSync(BINARY));
  const sums = server.files.get("SHA256SUMS") ?? new Uint8Array();
  const install = (more = "") => inside(`sh /install.sh ${more}`, { CADRE_RELEASES: server.from });

  const wget = join(root, "usr/bin/wget");
  renameSync(wget, `${wget}.away`);
  const bare = await install();
  check("without curl and wget it says so", bare.exit === 1 && /neither curl nor wget/.test(bare.out), bare);
  renameSync(`${wget}.away`, wget);

  server.files.set("SHA256SUMS", Buffer.from(`${"0".repeat(64)}  cadre-${TARGET}.tar.gz\n`));
  const wrong = await install();
  check(
    "a wrong sum is refused, and nothing stays",
    wrong.exit === 1 && /the sum of/.test(wrong.out) && (await isClean()),
    wrong,
  );
  server.files.set("SHA256SUMS", sums);

  server.cut(`cadre-${TARGET}.tar.gz`, 1_000_000);
  const cut = await install();
  check(
    "a cut download is refused, and nothing stays",
    cut.exit === 1 && /the sum of/.test(cut.out) && (await isClean()),
    cut,
  );
  server.cut(`cadre-${TARGET}.tar.gz`, Number.MAX_SAFE_INTEGER);

  const closed = await install("--to /usr/local/bin");
  check("a folder that is not Ann's is refused", closed.exit === 1 && /cannot write into/.test(closed.out), closed);

  const done = await install();
  check("with wget it installs", done.exit === 0 && /next: .*cadre setup/.test(done.out), done);
  const cadre = `${HOME}/.local/bin/cadre`;
  const version = await inside(`${cadre} --version`);
  check("it starts with what a bare Debian has", version.exit === 0 && version.out.startsWith("cadre "), version);
  const selftest = await inside(`${cadre} selftest`);
  check("its own test passes", selftest.exit === 0, selftest);
  const ran = await inside(`mkdir -p p && cd p && ${cadre} code run javascript --json - <<'.'\n6 * 7\n.`);
  check("it runs a program", ran.exit === 0 && ran.out.includes("42"), ran);
  const planned = await inside(`cd p && ${cadre} task create Begin --json && ${cadre} task list --json`);
  check("it keeps tasks", planned.exit === 0 && planned.out.includes("Begin"), planned);
  const set = await inside(`cd p && ${cadre} setup --check --json`);
  check(
    "where no client is it says so, and how to add it by hand",
    set.exit !== 0 && set.out.includes("mcpServers"),
    set,
  );
  const gone = await inside(`${cadre} uninstall --yes`);
  check("it goes again", gone.exit === 0 && !existsSync(join(root, cadre)), gone);
} finally {
  await run("umount", join(root, "proc"));
  if (given < 0) rmSync(root, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
