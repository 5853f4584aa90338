// Files of other programs, read as they are: what cannot be kept byte by byte is refused.
import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { digest } from "../base/ids.ts";
import { CONFIG_FILE_BYTES_MAX } from "../base/limits.ts";
import { Unreadable } from "./edit/config-editor.ts";

export interface ConfigFile {
  /** Links followed: a link stays one. */
  readonly path: string;
  readonly text: string;
  readonly sha: string;
  readonly mode: number;
}

const WRITABLE = 0o222;

/** Undefined when there is none. */
export function readConfigFile(path: string): ConfigFile | undefined {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "ENOENT" && isLink(path)) throw new Unreadable("a link to a file that is not there");
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Unreadable(`cannot be read (${code ?? "unknown failure"})`);
  }
  const status = statSync(real);
  if (!status.isFile()) throw new Unreadable(status.isDirectory() ? "a folder stands in its place" : "no plain file");
  if (status.size > CONFIG_FILE_BYTES_MAX) throw new Unreadable(`larger than ${CONFIG_FILE_BYTES_MAX} bytes`);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(real);
  } catch (cause) {
    throw new Unreadable(`cannot be read (${(cause as { code?: string }).code ?? "unknown failure"})`);
  }
  return { path: real, text: decode(bytes), sha: digest(bytes), mode: status.mode & 0o7777 };
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // Nothing is there.
  }
}

function decode(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new Unreadable("UTF-16, not UTF-8");
  }
  if (bytes.includes(0)) throw new Unreadable("not a text: it holds a zero byte");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("not valid UTF-8");
  }
}

/** Asked for before anything is written: a file made read-only must stay as it is, although a rename could replace it. */
export function refuseReadOnly(path: string, file: ConfigFile | undefined): void {
  // Root may write everywhere; who takes the right to write from a file means it.
  if (file && (file.mode & WRITABLE) === 0) throw new Unreadable("read-only");
  const place = file?.path ?? nearestFolder(dirname(path));
  try {
    accessSync(place, constants.W_OK);
  } catch (cause) {
    throw new Unreadable(`not writable (${(cause as { code?: string }).code ?? "unknown failure"} at ${place})`);
  }
}

function nearestFolder(folder: string): string {
  try {
    statSync(folder);
    return folder;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : nearestFolder(parent);
  }
}
