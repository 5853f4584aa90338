import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runtime } from "../../../src/runtime/current.ts";
import { CLIENTS } from "../../../src/setup/clients/all-clients.ts";
import { thisMachine } from "../../../src/setup/machine.ts";
import { findClients } from "../../../src/setup/targets.ts";
import { tarGz } from "../../release/tar.ts";
import { interleave, median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";

const ROUNDS = 11;
const DOCTOR_ROUNDS = 3;
const INSTALLER = join(import.meta.dir, "../../release/install.sh");

/** Files of clients of each format. */
const FILES: Readonly<Record<string, string>> = {
  ".claude.json": '{"mcpServers": {}}',
  ".codex/config.toml": 'model = "o9"\n',
  ".cursor/mcp.json": "{}",
  ".config/goose/config.yaml": "extensions: {}\n",
  ".config/Code/User/mcp.json": '// mine\n{"servers": {}}',
  ".config/opencode/opencode.json": "{}",
  ".gemini/settings.json": "{}",
};

/** What somebody waits for who has just downloaded cadre. */
export async function setup(bench: Bench): Promise<Row[]> {
  const path = await bench.program("cadre");
  const { cwd } = bench.place();
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  const env = { HOME: cwd, PATH: process.env["PATH"] ?? "", CADRE_HOME: join(cwd, "data") };
  const run = (...args: string[]) => {
    const started = performance.now();
    spawnSync(path, args, { env, cwd, stdio: "ignore" });
    return performance.now() - started;
  };
  const host = { ...runtime.host, homeDir: cwd, env };
  const times = await interleave(ROUNDS, {
    find: async () => {
      const started = performance.now();
      findClients(CLIENTS, thisMachine(host), "cadre");
      return performance.now() - started;
    },
    check: async () => run("setup", "--check"),
    version: async () => run("--version"),
  });
  const doctor = Array.from({ length: DOCTOR_ROUNDS }, () => run("doctor"));
  const floor = { name: "--version", value: median(times.version) };
  return [
    bounded("all clients of the machine found", median(times.find), 100, `${CLIENTS.length} are looked for.`),
    {
      ...bounded("setup --check", median(times.check), 300, `${Object.keys(FILES).length} files are read and edited.`),
      floor,
    },
    bounded("doctor", median(doctor), 3_000, "Both transports, a real call, every language in the sandbox."),
    await firstCall(path, cwd),
  ];
}

function bounded(figure: string, ours: number, bound: number, note: string): Row {
  return { figure, unit: "ms", ours, target: { of: "ours", kind: "at most", bound }, note };
}

/** From the script that downloads to the first answer of a tool. */
async function firstCall(path: string, folder: string): Promise<Row> {
  const target = `${process.platform}-${process.arch}`;
  const archive = tarGz([{ name: "cadre", bytes: readFileSync(path), mode: 0o755 }]);
  const sum = createHash("sha256").update(archive).digest("hex");
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) =>
      new Response(url.endsWith("SHA256SUMS") ? `${sum}  cadre-${target}.tar.gz\n` : new Uint8Array(archive)),
  });
  const home = join(folder, "fresh");
  mkdirSync(home);
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", CADRE_RELEASES: `http://127.0.0.1:${server.port}` };
  const started = performance.now();
  const child = Bun.spawn(["sh", INSTALLER], { env, stdout: "ignore", stderr: "inherit" });
  await child.exited;
  await using peer = new StdioPeer({ path: join(home, ".local/bin/cadre"), home: join(home, "data"), cwd: home });
  await peer.greet();
  await peer.call("task_list", {});
  const note = `The archive has ${(archive.length / 1e6).toFixed(0)} MB, from a server on loopback.`;
  return bounded("download to first tool call", performance.now() - started, 10_000, note);
}
