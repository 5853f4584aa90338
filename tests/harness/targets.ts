// What programs that attack aim at: files, sockets and a process, all made for the test and gone with it. Whatever a
// program gets hold of, it finds a word here that its output must not hold.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { tempFolder } from "./folder.ts";

export interface Targets {
  /** Placeholders of the corpus and what stands for them. */
  readonly words: Readonly<Record<string, string>>;
  readonly marker: string;
  netHits(): number;
  isVictimAlive(): boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

const TOKEN_NET = "token-of-the-network-4e1f";

export async function makeTargets(marker: string): Promise<Targets> {
  const folder = tempFolder();
  const token = "token-of-a-file-7b3a";
  const canaryDir = join(folder.path, "canary");
  const home = join(folder.path, "home");
  for (const path of [canaryDir, home]) mkdirSync(path);
  chmodSync(folder.path, 0o755);
  const canary = join(canaryDir, "secret.txt");
  writeFileSync(canary, token, { mode: 0o644 });
  writeFileSync(join(home, ".canary"), token);
  writeFileSync(join(home, ".bashrc"), "# as it was\n");
  const database = join(folder.path, "secret.db");
  await makeDatabase(database, token);
  const own = join(folder.path, "cadre.db");
  await makeDatabase(own, token);
  process.env["CANARY_ENV"] = "token-of-the-environment-91cd";
  let hits = 0;
  const answer = (socket: { end(text: string): void; on(event: "error", work: () => void): void }) => {
    hits++;
    socket.on("error", () => {});
    socket.end(`HTTP/1.0 200 OK\r\n\r\n${TOKEN_NET}\n`);
  };
  const tcp = await listening(createServer(answer), { port: 0, host: "::" });
  const unixPath = join(folder.path, "socket");
  const unix = await listening(createServer(answer), { path: unixPath });
  chmodSync(unixPath, 0o777);
  const udp = createSocket("udp4");
  udp.on("message", () => hits++);
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const victim = spawn("sleep", ["600"]);
  const port = (tcp.address() as { port: number }).port;
  return {
    words: {
      CANARY_FILE: canary,
      CANARY_DIR: canaryDir,
      HOST_HOME: home,
      TOKEN: token,
      TOKEN_ENV: process.env["CANARY_ENV"] ?? "",
      PORT: String(port),
      UDP_PORT: String(udp.address().port),
      UNIX_SOCK: unixPath,
      ABSTRACT_SOCK: "cadre-test-absent",
      TOKEN_NET,
      VICTIM_PID: String(victim.pid),
      SERVER_PID: String(process.pid),
      MARKER: marker,
      TMP_PROBE: `/tmp/probe-${marker}`,
      DB_FILE: database,
      APP_DB: own,
      LOCAL_SDIST: join(folder.path, "sdist"),
    },
    marker,
    netHits: () => hits,
    isVictimAlive: () => victim.exitCode === null && victim.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      const gone = once(victim, "exit");
      if (victim.kill("SIGKILL")) await gone;
      await Promise.all([closed(tcp), closed(unix)]);
      udp.close();
      delete process.env["CANARY_ENV"];
      folder[Symbol.dispose]();
    },
  };
}

async function makeDatabase(path: string, token: string): Promise<void> {
  const { Database } = await import("bun:sqlite");
  const database = new Database(path, { create: true });
  database.run("CREATE TABLE secret (value TEXT)");
  database.run("INSERT INTO secret VALUES (?)", [token]);
  database.close();
}

function listening(server: Server, options: object): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** What a path is now, to be compared with later. */
export function stateOf(path: string): string {
  try {
    const { mode, uid, gid, size, mtimeMs } = statSync(path);
    return JSON.stringify({ mode, uid, gid, size, mtimeMs, text: readFileSync(path, "latin1") });
  } catch (cause) {
    return String((cause as { code?: string }).code);
  }
}

export function removeProbe(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
