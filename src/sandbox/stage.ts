// All that one program stands on: the ground, a folder, the way out, and in the folder what it is given.
import { writeFileSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { AppError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Confined, confine, type Plan } from "./confine.ts";
import type { Ground, Grounds } from "./grounds.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Level } from "./isolation.ts";
import type { Limits } from "./limits.ts";
import { openWayOut, type WayOut } from "./network/way-out.ts";
import type { Program } from "./program.ts";
import { protectedIn, refuseUnprotected } from "./protected-paths.ts";
import { makeRunFolder, type RunFolder, withRoom, writeInput } from "./run-folder.ts";

export interface StageParts {
  readonly runtime: Runtime;
  readonly grounds: Grounds;
}

/** When it is disposed of, nothing of it stays behind. */
export interface Stage extends AsyncDisposable {
  readonly ground: Ground;
  readonly folder: RunFolder;
  readonly wayOut: WayOut;
  /** What is started on it. */
  confined(limits: Limits): Confined;
}

const PATH = "/usr/local/bin:/usr/bin:/bin";

const OWN_ENV = {
  // Only how characters are read differs from C: a shell would read a dozen files for the rest.
  LC_CTYPE: "C.UTF-8",
  // Who is not told asks the system's list of users, and all that stands behind it.
  SHELL: "/bin/sh",
  // What git cannot read it takes for a failure, so it is told not to look.
  GIT_CONFIG_NOSYSTEM: "1",
} as const;

/** What runs outside an engine of ours needs walls of the machine's, unless a policy says otherwise. */
const REQUIRED: Level = "landlock";

export async function setStage(
  { runtime, grounds }: StageParts,
  program: Program,
  interpreter: Interpreter,
): Promise<Stage> {
  await using held = new AsyncDisposableStack();
  const ground = await takeGround(grounds, program, interpreter);
  held.defer(() => ground.user?.release());
  const uid = ground.user?.uid;
  const folder = makeRunFolder(runtime.host, uid);
  held.defer(() => folder.remove());
  const wayOut = await openWayOut(program, ground.level, folder.path);
  held.defer(() => wayOut.close());
  withRoom(() => {
    for (const [name, text] of Object.entries(interpreter.code)) writeFileSync(join(folder.code, name), text);
    giveFiles(program, program.cwd ?? folder.work, uid);
  });
  const plan = planOf(program, interpreter, ground, folder, wayOut);
  const all = held.move();
  return {
    ground,
    folder,
    wayOut,
    confined: (limits) => confine(runtime.host, plan, { level: ground.level, uid, limits }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function takeGround(grounds: Grounds, program: Program, { readable }: Interpreter): Promise<Ground> {
  const { cwd, workspace, level, required = REQUIRED, isReadOnly = false } = program;
  const network = program.network ? (program.hosts ? "hosts" : "on") : "off";
  const folders = cwd === undefined ? [] : [cwd];
  const reach = { readable: [...readable, ...folders], writable: isReadOnly ? [] : folders, network } as const;
  const ground = await grounds.take({ required, level, reach, keepsUser: cwd !== undefined });
  if (cwd !== undefined && !isReadOnly && ground.level !== "namespace") refuseUnprotected(cwd, workspace);
  return ground;
}

function planOf(
  { cwd, isReadOnly = false, env }: Program,
  interpreter: Interpreter,
  { level }: Ground,
  folder: RunFolder,
  { network, proxySocket, env: envOfProxy }: WayOut,
): Plan {
  const work = cwd ?? folder.work;
  const isProtected = cwd !== undefined && !isReadOnly && level === "namespace";
  const own = { PATH, HOME: folder.temp, TMPDIR: folder.temp, ...OWN_ENV };
  return {
    command: interpreter.command(folder),
    env: { ...own, ...interpreter.env, ...envOfProxy, ...env },
    cwd: work,
    readable: [...interpreter.readable, folder.code, ...(isReadOnly ? [work] : [])],
    writable: isReadOnly ? [folder.temp] : [work, folder.temp],
    ...(isProtected ? { protected: protectedIn(cwd) } : {}),
    network,
    proxySocket,
    isRuntime: interpreter.isRuntime,
  };
}

function giveFiles({ files }: Program, work: string, uid: number | undefined): void {
  for (const [path, content] of Object.entries(files)) {
    const inner = normalize(path);
    if (isAbsolute(inner) || inner.startsWith("..") || inner === ".")
      throw new AppError(
        "invalid_input",
        `cannot give the file ${JSON.stringify(path)}: it lies outside the working directory`,
        {
          hint: "Name it by a path below, like data/in.csv.",
        },
      );
    writeInput(join(work, inner), content, uid, work);
  }
}
