import { type Disk, type NewFile, realDisk } from "../../../src/artifacts/disk.ts";

export interface FaultyDisk extends Disk {
  /** How often the file system was asked for something. */
  readonly asked: number;
}

interface FaultyOptions {
  /** Which call fails, from 1. */
  readonly failAt?: number;
  /** Called before each call, with what is asked and where. */
  readonly before?: (what: string, path: string) => void;
}

/** A real disk of which one call fails, as a broken cable would let it: half of what is to be written arrives. */
export function faultyDisk({ failAt, before }: FaultyOptions = {}): FaultyDisk {
  let asked = 0;
  const ask = (what: string, path: string): void => {
    before?.(what, path);
    if (++asked === failAt) throw Object.assign(new Error(`EIO: ${what} ${path}`), { code: "EIO" });
  };
  const guarded =
    <A extends [string, ...unknown[]], R>(what: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      ask(what, args[0]);
      return call(...args);
    };
  return {
    get asked() {
      return asked;
    },
    look: guarded("look", realDisk.look),
    names: guarded("names", realDisk.names),
    read: guarded("read", realDisk.read),
    makeFolder: guarded("makeFolder", realDisk.makeFolder),
    rename: guarded("rename", realDisk.rename),
    renameNew: guarded("renameNew", realDisk.renameNew),
    remove: guarded("remove", realDisk.remove),
    removeFolder: guarded("removeFolder", realDisk.removeFolder),
    flushFolder: guarded("flushFolder", realDisk.flushFolder),
    create: guarded("create", async (path: string, mode: number): Promise<NewFile> => {
      const file = await realDisk.create(path, mode);
      return {
        write: async (bytes) => {
          try {
            ask("write", path);
          } catch (cause) {
            await file.write(bytes.subarray(0, bytes.length / 2));
            throw cause;
          }
          await file.write(bytes);
        },
        flush: guarded("flush", file.flush).bind(undefined, path) as () => Promise<void>,
        close: file.close,
      };
    }),
  };
}
