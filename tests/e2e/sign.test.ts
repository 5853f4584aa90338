// Who publishes signs, where the secrets for it are set. The tools that sign are stand-ins here, which tell what they were given.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TempFolder, tempFolder } from "../harness/folder.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/release/sign.sh");
const CERTIFICATE = Buffer.from("a certificate").toString("base64");
const APPLE = { APPLE_CERTIFICATE: CERTIFICATE, APPLE_CERTIFICATE_PASSWORD: "quiet-word" };
const WINDOWS = { WINDOWS_CERTIFICATE: CERTIFICATE, WINDOWS_CERTIFICATE_PASSWORD: "quiet-word" };
/** Notes what it was called with and which files it was shown, and signs what stands behind -in, or last. */
const STAND_IN = `#!/bin/sh
echo "$(basename "$0") $*" >>"$NOTES/calls"
for word; do
  case $word in */certificate.p12 | */password | */api-key.json) stat -c %a "$word" >>"$NOTES/modes"; cat "$word" >>"$NOTES/seen" ;; esac
done
[ "$1" = sign ] || exit "\${NOTARY_EXIT:-0}"
while [ $# -gt 1 ]; do
  case $1 in -in) from=$2 ;; -out) to=$2 ;; esac
  shift
done
if [ -n "\${from:-}" ]; then { cat "$from"; echo signed; } >"$to"; else echo signed >>"$1"; fi
`;

let folder: TempFolder;
let program: string;
beforeEach(() => {
  folder = tempFolder();
  mkdirSync(join(folder.path, "bin"));
  mkdirSync(join(folder.path, "tmp"));
  for (const tool of ["rcodesign", "osslsigncode", "zip"]) {
    writeFileSync(join(folder.path, "bin", tool), tool === "zip" ? "#!/bin/sh\n" : STAND_IN);
    chmodSync(join(folder.path, "bin", tool), 0o755);
  }
  program = join(folder.path, "cadre");
  writeFileSync(program, "program\n");
});
afterEach(() => folder[Symbol.dispose]());

function sign(target: string, secrets: Readonly<Record<string, string>> = {}) {
  const { path } = folder;
  const env = { PATH: `${path}/bin:/usr/bin:/bin`, TMPDIR: `${path}/tmp`, NOTES: path, ...secrets };
  const { status, stdout, stderr } = spawnSync(SCRIPT, [target, program], { env, encoding: "utf8" });
  const note = (name: string) => (existsSync(join(path, name)) ? readFileSync(join(path, name), "utf8") : "");
  // Whatever held a secret is gone.
  expect(readdirSync(join(path, "tmp"))).toEqual([]);
  expect(stdout + stderr + note("calls")).not.toContain("quiet-word");
  return { status, told: stdout + stderr, calls: note("calls"), modes: note("modes"), seen: note("seen") };
}

test.each([
  ["darwin-arm64", WINDOWS, "keeps its ad hoc signature: no APPLE_CERTIFICATE"],
  ["windows-x64", APPLE, "is not signed: no WINDOWS_CERTIFICATE"],
  ["linux-x64", { ...APPLE, ...WINDOWS }, ""],
])("%s without its secrets stays as it is", (target, secrets, says) => {
  const { status, told, calls } = sign(target, secrets);

  expect({ status, calls }).toEqual({ status: 0, calls: "" });
  expect(told).toContain(says);
  expect(readFileSync(program, "utf8")).toBe("program\n");
});

test("a program for macOS is signed for the hardened runtime, and notarized where Apple can be asked", () => {
  const signed = sign("darwin-arm64", APPLE);
  const notarized = sign("darwin-x64", { ...APPLE, APPLE_API_KEY: '{"key":"apple"}' });

  expect(signed.calls).toMatch(
    /--code-signature-flags runtime --entitlements-xml-file \S+entitlements.plist \S+cadre\n$/,
  );
  expect(signed.told).toContain("not notarized: no APPLE_API_KEY");
  expect(notarized.calls).toMatch(/notary-submit --api-key-file \S+ --wait \S+cadre\.zip\n$/);
  expect(notarized.seen).toContain('a certificatequiet-word{"key":"apple"}');
  expect([...new Set(notarized.modes.trim().split("\n"))]).toEqual(["600"]);
  expect(readFileSync(program, "utf8")).toBe("program\nsigned\nsigned\n");
});

test("a program for Windows is signed, with the time where somebody says it", () => {
  const { status, calls } = sign("windows-x64", { ...WINDOWS, WINDOWS_TIMESTAMP: "http://127.0.0.1:9/time" });

  expect(status).toBe(0);
  expect(calls).toContain("-h sha256 -n cadre -ts http://127.0.0.1:9/time -in");
  expect(readFileSync(program, "utf8")).toBe("program\nsigned\n");
  expect(sign("windows-x64", WINDOWS).calls).toMatch(/-n cadre -in \S+ -out \S+\n$/);
});

test("what cannot be signed ends the release", () => {
  const noPassword = sign("windows-x64", { WINDOWS_CERTIFICATE: CERTIFICATE });
  const refused = sign("darwin-x64", { ...APPLE, APPLE_API_KEY: "{}", NOTARY_EXIT: "3" });

  expect(noPassword.status).not.toBe(0);
  expect(noPassword.told).toContain("WINDOWS_CERTIFICATE_PASSWORD: is not set");
  expect(refused.status).toBe(3);
});
