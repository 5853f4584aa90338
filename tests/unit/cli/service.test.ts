import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { freePort } from "../../harness/port.ts";
import { startCommand } from "../../harness/process.ts";
import { SELF } from "../../harness/self.ts";

/** As much of systemctl as is asked for; it starts what the unit says. */
const SYSTEMCTL = `#!/bin/sh
[ "$1" = --user ] && shift
echo "$*" >> "$PLACE/asked"
unit="$UNIT"
pid=$(cat "$PLACE/pid" 2>/dev/null)
stop() { [ -n "$pid" ] && kill "$pid" 2>/dev/null; rm -f "$PLACE/pid"; }
case $1 in
  show-environment) [ -e "$PLACE/away" ] && { echo "Failed to connect to bus" >&2; exit 1; }; exit 0 ;;
  restart)
    stop
    [ -e "$PLACE/broken" ] && { echo "Job for cadre.service failed" >&2; exit 1; }
    line=$(sed -n 's/^ExecStart=//p' "$unit")
    eval "$line >/dev/null 2>&1 </dev/null &"
    echo $! > "$PLACE/pid" ;;
  disable) stop ;;
  show)
    [ -e "$unit" ] && echo LoadState=loaded || echo LoadState=not-found
    [ -n "$pid" ] && echo ActiveState=active || echo ActiveState=inactive
    echo "MainPID=\${pid:-0}" ;;
esac
exit 0
`;

const ORDINARY_UID = 65_400;

/** Root's units lie in /etc, where no test may write: for these tests root is somebody else. */
function asUser(folder: string): readonly string[] {
  if (process.getuid?.() !== 0) return SELF;
  // It may lie in a folder that only root may enter.
  const [command, ...source] = SELF;
  const copy = join(folder, "cadre");
  cpSync(realpathSync(command), copy);
  chmodSync(folder, 0o755);
  chownSync(folder, ORDINARY_UID, ORDINARY_UID);
  return ["setpriv", `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, "--clear-groups", copy, ...source];
}

async function place() {
  const folder = tempFolder();
  const bin = join(folder.path, "bin");
  const cadre = asUser(folder.path);
  mkdirSync(bin);
  writeFileSync(join(bin, "systemctl"), SYSTEMCTL);
  chmodSync(join(bin, "systemctl"), 0o755);
  const unit = join(folder.path, ".config", "systemd", "user", "cadre.service");
  const port = await freePort();
  const env = {
    PATH: `${bin}:${process.env["PATH"]}`,
    HOME: folder.path,
    CADRE_HOME: join(folder.path, "data"),
    CADRE_PORT: String(port),
    PLACE: folder.path,
    UNIT: unit,
  };
  const run = async (...words: string[]) => {
    await using child = startCommand([...cadre, "service", ...words, "--json"], { env, cwd: "/" });
    await child.endInput();
    const exit = await child.exited;
    return { exit, answer: JSON.parse(child.stdout() || child.stderr()) };
  };
  const serve = async () => {
    const child = startCommand([...cadre, "--http", String(port)], { env, cwd: "/" });
    await until(() => child.stderr().includes(`:${port}/mcp`) || child.stdout().includes(`:${port}/mcp`), "it listens");
    return child;
  };
  const mark = (name: string) => writeFileSync(join(folder.path, name), "");
  return { folder, unit, port, run, serve, mark, asked: () => readFileSync(join(folder.path, "asked"), "utf8") };
}

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("a service is installed, answers, begins anew, and goes", async () => {
  const { folder, unit, port, run } = await place();
  using _folder = folder;

  const dry = await run("install", "--dry-run");
  expect(existsSync(unit)).toBe(false);
  const installed = await run("install");
  const again = await run("install");
  const status = await run("status");
  const removed = await run("remove");
  const after = await run("status");
  const nothing = await run("remove");

  expect(dry.answer.file.text).toContain(`"--http" "${port}"`);
  expect(installed.answer).toMatchObject({ service: "running", address: `http://127.0.0.1:${port}` });
  expect(installed.answer.pid).toBeGreaterThan(1);
  expect(again.answer.pid).not.toBe(installed.answer.pid);
  expect(status).toMatchObject({ exit: 0, answer: { service: "running", pid: again.answer.pid } });
  expect(removed.answer.service).toBe("absent");
  expect(existsSync(unit)).toBe(false);
  expect(after).toMatchObject({ exit: 1, answer: { service: "absent" } });
  expect(nothing.answer.error.code).toBe("not_found");
});

onLinux("what cannot be, is said, and nothing of others is written over", async () => {
  const { folder, unit, run, mark, asked } = await place();
  using _folder = folder;

  mark("away");
  const away = await run("install");
  expect(away.answer.error).toMatchObject({ code: "unavailable" });
  expect(away.answer.error.message).toContain("Failed to connect to bus");
  expect(existsSync(unit)).toBe(false);
  expect(asked()).not.toContain("enable");

  const other = await place();
  using _other = other.folder;
  mkdirSync(join(other.unit, ".."), { recursive: true });
  writeFileSync(other.unit, "[Service]\nExecStart=/usr/bin/mine\n");
  expect((await other.run("install")).answer.error.code).toBe("conflict");
  expect((await other.run("remove")).answer.error.code).toBe("conflict");
  expect(readFileSync(other.unit, "utf8")).toContain("/usr/bin/mine");

  const taken = await place();
  using _taken = taken.folder;
  await using _byHand = await taken.serve();
  expect((await taken.run("install")).answer.error).toMatchObject({ code: "conflict" });
  expect((await taken.run("status")).answer).toMatchObject({ service: "absent", neighbour: expect.any(String) });

  const broken = await place();
  using _broken = broken.folder;
  broken.mark("broken");
  expect((await broken.run("install")).answer.error.message).toContain("Job for cadre.service failed");
});
