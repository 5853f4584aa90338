// What is asked of the file system, in few words, so that a test can let any of them fail. Nothing here follows a link
// that is the last part of a path.
import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, rmdir, unlink } from "node:fs/promises";

export interface Looked {
  readonly kind: "file" | "folder" | "link" | "other";
  /** The same for the same file or folder, whatever path leads to it. */
  readonly identity: string;
  readonly size_bytes: number;
  readonly changed_ms: number;
  /** The rights that it gives. */
  readonly mode: number;
}

export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Undefined when there is nothing. */
  look(path: string): Promise<Looked | undefined>;
  names(path: string): Promise<string[]>;
  /** Undefined when it is no plain file, or larger. */
  read(path: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /** One that is there already is left as it is. */
  makeFolder(path: string, mode: number): Promise<void>;
  /** Fails when there is anything of this name. */
  create(path: string, mode: number): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  /** The same, unless there is anything of that name: then `from` goes, and what is there counts. */
  renameNew(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** False when something is in it. */
  removeFolder(path: string): Promise<boolean>;
  /** Makes the names in a folder durable. */
  flushFolder(path: string): Promise<void>;
}

/** Windows has neither; there a link needs a privilege, and a pipe has no name in a folder. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;
const NO_WAIT = constants.O_NONBLOCK ?? 0;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_LINK;
const MODES = 0o777;

export const realDisk: Disk = {
  look: async (path) => {
    try {
      const status = await lstat(path, { bigint: true });
      return {
        kind: kindOf(status),
        identity: `${status.dev}:${status.ino}`,
        size_bytes: Number(status.size),
        changed_ms: Number(status.mtimeMs),
        mode: Number(status.mode) & MODES,
      };
    } catch (cause) {
      if (isCode(cause, "ENOENT", "ENOTDIR")) return undefined;
      throw cause;
    }
  },
  names: (path) => readdir(path),
  read: async (path, bytesMax) => {
    const file = await open(path, constants.O_RDONLY | NO_LINK | NO_WAIT);
    try {
      const status = await file.stat();
      return status.isFile() && status.size <= bytesMax ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  },
  makeFolder: async (path, mode) => {
    await mkdir(path, { mode }).catch((cause: unknown) => {
      if (!isCode(cause, "EEXIST")) throw cause;
    });
  },
  create: async (path, mode) => {
    const file = await open(path, NEW, mode);
    return { write: (bytes) => file.writeFile(bytes), flush: () => file.sync(), close: () => file.close() };
  },
  rename,
  renameNew: async (from, to) => {
    try {
      await link(from, to);
    } catch (cause) {
      // Some file systems know no second names; there the last one wins.
      if (!isCode(cause, "EEXIST")) return rename(from, to);
    }
    await unlink(from);
  },
  remove: unlink,
  removeFolder: async (path) => {
    try {
      await rmdir(path);
      return true;
    } catch (cause) {
      if (isCode(cause, "ENOTEMPTY", "EEXIST")) return false;
      throw cause;
    }
  },
  flushFolder: async (path) => {
    try {
      const folder = await open(path, constants.O_RDONLY | NO_LINK);
      await folder.sync().finally(() => folder.close());
    } catch (cause) {
      // Windows has no such call; its renames are in the journal already.
      if (!isCode(cause, "EPERM", "EISDIR", "EACCES", "EINVAL")) throw cause;
    }
  },
};

function kindOf(status: { isSymbolicLink(): boolean; isFile(): boolean; isDirectory(): boolean }): Looked["kind"] {
  if (status.isSymbolicLink()) return "link";
  if (status.isDirectory()) return "folder";
  return status.isFile() ? "file" : "other";
}

export function isCode(cause: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(String((cause as { code?: unknown } | undefined)?.code));
}
