// Everything that a release is made of, in dist/release: `bun scripts/release.ts --releases https://…/releases`.
// --target NAME makes it for one system alone; --sign SCRIPT signs each program, called with its target and its path.
// What it publishes is decided by whoever runs it: see the workflow.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { mcpb, platformPackage, programOf, serverJson, wrapperPackage } from "./release/bundle.ts";
import { compile, TARGETS, type Target } from "./release/compile.ts";
import { signatureProblem } from "./release/mach-o-signature.ts";
import { type Packed, tarGz } from "./release/tar.ts";
import { zip } from "./release/zip.ts";

const root = join(import.meta.dir, "..");
const { values: flags } = parseArgs({
  options: {
    releases: { type: "string" },
    target: { type: "string", multiple: true },
    out: { type: "string", default: join(root, "dist/release") },
    commit: { type: "string", default: "release" },
    sign: { type: "string" },
  },
});
const releases = flags.releases?.replace(/\/+$/, "");
if (releases === undefined) throw new Error("say where it will be published: --releases https://…/releases");
const names = Object.keys(TARGETS) as Target[];
const targets = flags.target === undefined ? names : names.filter((name) => flags.target?.includes(name));
const out = flags.out;
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "npm"), { recursive: true });

const sums: string[] = [];
const bundles: { file: string; sha: string }[] = [];
const licence: Packed = { name: "LICENSE", bytes: readFileSync(join(root, "LICENSE")), mode: 0o644 };

for (const target of targets) {
  const program = programOf(target);
  const outfile = join(out, program);
  await compile({ entry: join(root, "src/main.ts"), outfile, target, commit: flags.commit, releases });
  if (flags.sign !== undefined) sign(flags.sign, target, outfile);
  const bytes = readFileSync(outfile);
  rmSync(outfile);
  const files = [{ name: program, bytes, mode: 0o755 }, licence];
  publish(`cadre-${target}.tar.gz`, tarGz(files));
  if (TARGETS[target].os === "windows") publish(`cadre-${target}.zip`, zip(files));
  if (!target.endsWith("-musl")) {
    const file = `cadre-${manifest.version}-${target}.mcpb`;
    bundles.push({ file, sha: publish(file, mcpb(target, bytes)) });
  }
  // npm's own archives; they go to a registry and not to the release.
  writeFileSync(join(out, "npm", `cadre-${target}-${manifest.version}.tgz`), tarGz(platformPackage(target, bytes)));
  console.log(`made ${target}`);
}
writeFileSync(join(out, "npm", `cadre-${manifest.version}.tgz`), tarGz(wrapperPackage(targets)));
for (const script of ["install.sh", "install.ps1"]) {
  const text = readFileSync(join(root, "scripts/release", script), "utf8").replaceAll("@RELEASES@", releases);
  publish(script, Buffer.from(text));
}
publish("server.json", serverJson(releases, bundles));
writeFileSync(join(out, "VERSION"), `${manifest.version}\n`);
writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
console.log(`${sums.length} files in ${out}`);

function sign(script: string, target: Target, program: string): void {
  const { status, error } = spawnSync(script, [target, program], { stdio: "inherit" });
  if (status !== 0) throw new Error(`cannot sign the program for ${target}: ${error?.message ?? `exit ${status}`}`);
  const problem = TARGETS[target].os === "darwin" && signatureProblem(readFileSync(program));
  if (problem) throw new Error(`macOS would not start the program for ${target}: ${problem}`);
}

function publish(file: string, bytes: Uint8Array): string {
  writeFileSync(join(out, file), bytes);
  const sha = createHash("sha256").update(bytes).digest("hex");
  sums.push(`${sha}  ${file}\n`);
  return sha;
}
