// The packages of npm from a registry on loopback, as somebody installs, starts, upgrades and removes them:
// `bun tests/install/registry.ts`. Verdaccio is fetched from npm; never by the gate.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { platformPackage, wrapperPackage } from "../../scripts/release/bundle.ts";
import { TARGETS, type Target } from "../../scripts/release/compile.ts";
import { type Packed, tarGz } from "../../scripts/release/tar.ts";
import { until } from "../harness/condition.ts";
import { TARGET } from "../harness/release.ts";

const VERDACCIO = "verdaccio@6.10.4";
const BINARY = join(import.meta.dirname, "../../dist/cadre");
const START_MS_MAX = 60_000;
const SETTINGS = `
storage: ./storage
auth: { htpasswd: { file: ./users } }
packages: { "**": { access: $all, publish: $authenticated } }
max_body_size: 500mb
log: { type: stdout, format: json, level: error }
`;

const folder = mkdtempSync(join(tmpdir(), "cadre-registry-"));
const home = join(folder, "home");
const env = { PATH: process.env["PATH"] ?? "", HOME: home, CADRE_HOME: join(home, "data") };

interface Ran {
  readonly exit: number;
  readonly out: string;
}

async function run(
  command: readonly string[],
  cwd = home,
  given: Record<string, string | undefined> = env,
): Promise<Ran> {
  const child = Bun.spawn([...command], { cwd, env: given, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exit, out: stdout + stderr };
}

async function must(what: string, command: readonly string[], cwd = home): Promise<string> {
  const { exit, out } = await run(command, cwd);
  if (exit !== 0) throw new Error(`cannot ${what}:\n${out.slice(-2_000)}`);
  return out;
}

let failed = 0;
function check(what: string, isSo: boolean, out: string): void {
  if (!isSo) failed++;
  console.log(`${isSo ? "ok    " : "FAILED"}  ${what}${isSo ? "" : `\n${out.slice(-1_000)}`}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startRegistry(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const place = join(folder, "verdaccio");
  mkdirSync(place);
  // By the way that this machine has to npm; what follows knows the registry on loopback alone.
  const fetched = await run(
    ["npm", "install", "--no-audit", "--no-fund", "--prefix", place, VERDACCIO],
    place,
    process.env,
  );
  if (fetched.exit !== 0) throw new Error(`cannot fetch verdaccio:\n${fetched.out.slice(-2_000)}`);
  writeFileSync(join(place, "config.yaml"), SETTINGS);
  const port = await freePort();
  const program = join(place, "node_modules/.bin/verdaccio");
  // It asks for a newer Node than many have.
  const child = Bun.spawn([process.execPath, program, "--config", "config.yaml", "--listen", `127.0.0.1:${port}`], {
    cwd: place,
    env,
    stdout: "ignore",
    stderr: "ignore",
  });
  const url = `http://127.0.0.1:${port}/`;
  const answers = () =>
    fetch(`${url}-/ping`).then(
      (response) => response.ok,
      () => false,
    );
  await until(answers, "the registry answers", START_MS_MAX);
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { url, stop };
}

/** Whoever publishes has an account. */
async function signIn(url: string): Promise<void> {
  const user = { name: "ann", password: "a long password" };
  const response = await fetch(`${url}-/user/org.couchdb.user:ann`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(user),
  });
  const { token } = (await response.json()) as { token: string };
  writeFileSync(join(home, ".npmrc"), `registry=${url}\n${url.replace("http:", "")}:_authToken=${token}\n`);
}

/** As scripts/release.ts does it: first the platforms, of which only this one has its executable. */
async function publish(version: string): Promise<void> {
  const targets = Object.keys(TARGETS) as Target[];
  const binary = readFileSync(BINARY);
  const packages: Packed[][] = [
    ...targets.map((target) => platformPackage(target, target === TARGET ? binary : Buffer.from("elsewhere"))),
    wrapperPackage(targets),
  ];
  for (const [at, files] of packages.entries()) {
    const file = join(folder, `${at}.tgz`);
    const named = files.map((one) =>
      one.name === "package/package.json" ? { ...one, bytes: withVersion(one.bytes, version) } : one,
    );
    writeFileSync(file, tarGz(named));
    await must(`publish ${at}`, ["npm", "publish", file]);
  }
}

function withVersion(bytes: Uint8Array, version: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString().replaceAll(`"${manifest.version}"`, `"${version}"`));
}

try {
  mkdirSync(home);
  if (!existsSync(BINARY))
    await must("build cadre", [process.execPath, "build.ts"], join(import.meta.dirname, "../.."));
  const registry = await startRegistry();
  try {
    await signIn(registry.url);
    await publish("9.9.8");
    const prefix = join(home, "global");
    const npm = (...words: readonly string[]) => run(["npm", ...words, "--prefix", prefix, "--no-audit", "--no-fund"]);
    const cadre = join(prefix, "bin/cadre");

    const installed = await npm("install", "--global", "--ignore-scripts", "cadre");
    check("npm installs it with install scripts off", installed.exit === 0 && existsSync(cadre), installed.out);
    const packages = readdirSync(join(prefix, "lib/node_modules/cadre/node_modules"));
    check("and of the platforms only this one", packages.join() === `cadre-${TARGET}`, packages.join());
    const version = await run([cadre, "--version"]);
    check("it starts", version.exit === 0 && version.out.startsWith("cadre "), version.out);
    const made = await run([cadre, "task", "create", "Begin", "--json"]);
    check("it keeps tasks", made.exit === 0 && made.out.includes("Begin"), made.out);
    const set = await run([cadre, "setup", "--print", "codex"]);
    check("setup writes the executable, which stays", /node_modules\/cadre-/.test(set.out), set.out);
    const upgrade = await run([cadre, "upgrade"]);
    check("upgrade leaves it to npm", upgrade.exit !== 0 && /npm/.test(upgrade.out), upgrade.out);

    await publish("9.9.9");
    const updated = await npm("install", "--global", "--ignore-scripts", "cadre@latest");
    const listed = await npm("ls", "--global", "--depth", "0");
    check(
      "npm brings the next one",
      updated.exit === 0 && listed.out.includes("cadre@9.9.9"),
      updated.out + listed.out,
    );
    const kept = await run([cadre, "task", "list", "--json"]);
    check("which has the tasks of the old one", kept.out.includes("Begin"), kept.out);

    const project = join(home, "project");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), "{}");
    const bun = await run([process.execPath, "add", "--registry", registry.url, "cadre"], project);
    const started = await run([join(project, "node_modules/.bin/cadre"), "--version"], project);
    check("Bun installs it, too", bun.exit === 0 && started.out.startsWith("cadre "), bun.out + started.out);

    const gone = await npm("uninstall", "--global", "cadre");
    check("npm takes it away", gone.exit === 0 && !existsSync(cadre), gone.out);
  } finally {
    await registry.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
