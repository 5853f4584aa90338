// Has what `cadre code analyze --format sarif` writes checked by the validator of those who wrote the format, with its
// schema: `bun install` here, then `bun check.ts FOLDER`. On Linux with x64.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Log } from "sarif";

const main = new URL("../../src/main.ts", import.meta.url).pathname;
const validator = new URL("./node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "cadre-sarif-"));
const file = join(folder, "findings.sarif");
const project = resolve(process.argv[2] ?? ".");

try {
  chmodSync(validator, 0o755);
  const command = [process.execPath, main, "code", "analyze", "--format", "sarif", "--all", "--fail-on", "never"];
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder };
  Bun.spawnSync(command, { cwd: project, env, stdout: Bun.file(file), stderr: "inherit" });
  const { runs } = JSON.parse(readFileSync(file, "utf8")) as Log;
  console.log(`${runs[0]?.results?.length ?? 0} findings`);
  const { exitCode, stdout } = Bun.spawnSync([validator, "validate", file], {
    // It asks for a library that few machines have, to write dates.
    env: { ...env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" },
  });
  console.log(stdout.toString().replaceAll(file, "findings.sarif").trim());
  process.exitCode = exitCode;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
