// What is published beside the archives: bundles for Claude Desktop, packages for npm, the entry of the MCP registry.
import manifest from "../../package.json" with { type: "json" };
import { TARGETS, type Target } from "./compile.ts";
import type { Packed } from "./tar.ts";
import { zip } from "./zip.ts";

const { name, version, description, license } = manifest;
const text = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

export function programOf(target: Target): string {
  return TARGETS[target].os === "windows" ? "cadre.exe" : "cadre";
}

const OS_OF = { linux: "linux", darwin: "darwin", windows: "win32" } as const;

/** A .mcpb for one system: Claude Desktop installs it by a double click. */
export function mcpb(target: Target, program: Uint8Array): Uint8Array {
  const file = programOf(target);
  const about = {
    manifest_version: "0.3",
    name,
    version,
    description,
    author: { name },
    license,
    server: {
      type: "binary",
      entry_point: `server/${file}`,
      mcp_config: { command: `\${__dirname}/server/${file}`, args: [], env: {} },
    },
    tools_generated: true,
    compatibility: { platforms: [OS_OF[TARGETS[target].os]] },
  };
  return zip([
    { name: "manifest.json", bytes: text(about), mode: 0o644 },
    { name: `server/${file}`, bytes: program, mode: 0o755 },
  ]);
}

/** The package of one platform: an executable, and what says where it can run. */
export function platformPackage(target: Target, program: Uint8Array): Packed[] {
  const { os, arch, ...more } = TARGETS[target];
  const about = {
    name: `${name}-${target}`,
    version,
    description: `${description} For ${target}.`,
    license,
    os: [OS_OF[os]],
    cpu: [arch],
    ...("libc" in more ? { libc: [more.libc] } : {}),
    files: [`bin/${programOf(target)}`],
  };
  return [
    { name: "package/package.json", bytes: text(about), mode: 0o644 },
    { name: `package/bin/${programOf(target)}`, bytes: program, mode: 0o755 },
  ];
}

/** The package that people install. It works with install scripts off: what it starts is looked for at each start. */
export function wrapperPackage(targets: readonly Target[]): Packed[] {
  const about = {
    name,
    version,
    description,
    license,
    bin: { [name]: "bin/cadre.cjs" },
    files: ["bin/cadre.cjs"],
    optionalDependencies: Object.fromEntries(targets.map((target) => [`${name}-${target}`, version])),
  };
  return [
    { name: "package/package.json", bytes: text(about), mode: 0o644 },
    { name: "package/bin/cadre.cjs", bytes: Buffer.from(SHIM), mode: 0o755 },
  ];
}

const SHIM = `#!/usr/bin/env node
// Starts the executable of this platform, which lies in a package of its own.
const { spawnSync } = require("node:child_process");
const { existsSync, readdirSync } = require("node:fs");
const { dirname, join } = require("node:path");

const system = { win32: "windows" }[process.platform] ?? process.platform;
const isMusl = process.platform === "linux" && !existsSync("/lib64") && readdirSync("/lib").some((name) => name.startsWith("ld-musl-"));
const suffixes = process.platform === "linux" ? (isMusl ? ["-musl"] : ["", "-musl"]) : [""];
const file = process.platform === "win32" ? "cadre.exe" : "cadre";

for (const suffix of suffixes) {
  let folder;
  try {
    folder = dirname(require.resolve(\`cadre-\${system}-\${process.arch}\${suffix}/package.json\`));
  } catch {
    continue;
  }
  const { status, signal, error } = spawnSync(join(folder, "bin", file), process.argv.slice(2), { stdio: "inherit" });
  if (error) {
    console.error(\`error cannot start \${join(folder, "bin", file)}: \${error.code}\`);
    process.exit(1);
  }
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}
console.error(\`error there is no cadre for \${system}-\${process.arch} here\`);
console.error("  → install again without --no-optional, or take the executable from the releases");
process.exit(1);
`;

/** What the MCP registry is told; the sums prove the bundles. */
export function serverJson(
  releases: string,
  bundles: readonly { readonly file: string; readonly sha: string }[],
): Uint8Array {
  return text({
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: `io.github.${name}/${name}`,
    description,
    version,
    packages: bundles.map(({ file, sha }) => ({
      registryType: "mcpb",
      identifier: `${releases}/download/v${version}/${file}`,
      fileSha256: sha,
      transport: { type: "stdio" },
    })),
  });
}
