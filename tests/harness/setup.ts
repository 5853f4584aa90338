import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runtime } from "../../src/runtime/current.ts";
import type { StdioLaunch } from "../../src/setup/clients/client.ts";
import { clientNamed, Setup, type Wanted } from "../../src/setup/setup.ts";
import { type FakeClock, fakeClock } from "./clock.ts";
import { tempFolder } from "./folder.ts";

export const LAUNCH: StdioLaunch = { kind: "stdio", command: "/opt/cadre", args: [], env: { CADRE_HOME: "/data" } };

/** A user's home with files of clients in it, and the setup of a cadre whose data lie beside. */
export interface SetupHome extends Disposable {
  readonly path: string;
  readonly clock: FakeClock;
  setup(version?: string): Setup;
  write(file: string, text: string | Uint8Array, mode?: number): string;
  link(file: string, to: string): void;
  read(file: string): string;
  bytes(file: string): Uint8Array;
  /** Plans and does it for these clients, or for all that are there. */
  install(
    clients?: readonly string[],
    options?: { launch?: StdioLaunch; force?: boolean; replaceOld?: boolean },
  ): InstallResult;
  undo(): ReturnType<Setup["undo"]>;
}

type InstallResult = ReturnType<Setup["apply"]>;

const EVERYTHING: Wanted = { clients: [], all: true, project: undefined };

export function setupHome(env: Readonly<Record<string, string>> = {}): SetupHome {
  const folder = tempFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  const clock = fakeClock();
  const host = { ...runtime.host, env: { PATH: "", ...env }, homeDir: home, cwd: home };
  const testRuntime = { ...runtime, host };
  const place = (file: string) => (file.startsWith("/") ? file : join(home, file));
  const setup = (version = "0.0.0-test") =>
    new Setup({ runtime: testRuntime, clock, dataFolder: join(folder.path, "data"), version, name: "cadre" });
  return {
    path: home,
    clock,
    setup,
    write: (file, text, mode = 0o644) => {
      mkdirSync(dirname(place(file)), { recursive: true });
      writeFileSync(place(file), text);
      chmodSync(place(file), mode);
      return place(file);
    },
    link: (file, to) => {
      mkdirSync(dirname(place(file)), { recursive: true });
      symlinkSync(to, place(file));
    },
    read: (file) => readFileSync(place(file), "utf8"),
    bytes: (file) => readFileSync(place(file)),
    install: (clients = [], { launch = LAUNCH, force = false, replaceOld = false } = {}) => {
      const here = setup();
      const wanted = { ...EVERYTHING, clients: clients.map(clientNamed) };
      const options = { launch, force, replaceOld };
      return here.apply(here.plan(here.targets(here.find(), wanted), options), options);
    },
    undo: () => setup().undo({ clients: [] }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
