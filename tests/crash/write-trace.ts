// What a process wrote to its files and said, in order, as strace saw it; and the files as a disk may hold them when the
// power goes at one point: all that was synced, and of the rest some sectors and not others.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Random } from "../harness/random.ts";

type Seen =
  | { readonly kind: "write"; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: "cut"; readonly file: string; readonly length: number }
  | { readonly kind: "sync"; readonly file: string }
  | { readonly kind: "gone"; readonly file: string }
  | { readonly kind: "said"; readonly text: string };

export type WriteTrace = readonly Seen[];

const SECTOR_BYTES = 512;
const CALLS = "pwrite64,write,ftruncate,fdatasync,fsync,unlink";

/** What stands before the command that is to be seen. */
export function tracing(path: string): string[] {
  return ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", `trace=${CALLS}`, "-o", path];
}

/** Of the files in one folder, by their names there. */
export function readTrace(path: string, folder: string): WriteTrace {
  const seen: Seen[] = [];
  /** What a thread has begun and not ended. A sync has happened when it is over, a write may have from its beginning. */
  const begun = new Map<string, string>();
  for (const line of readFileSync(path, "latin1").split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const isResumed = /^<\.\.\. (\w+) resumed>/.exec(rest);
    const call = isResumed ? begun.get(thread) : rest;
    if (call === undefined) continue;
    const isUnfinished = rest.includes("<unfinished ...>");
    if (isUnfinished) begun.set(thread, rest);
    else begun.delete(thread);
    const one = seenIn(call, folder);
    if (!one) continue;
    const isSync = one.kind === "sync";
    if (isSync ? !isUnfinished : !isResumed) seen.push(one);
  }
  return seen;
}

function seenIn(call: string, folder: string): Seen | undefined {
  const [, name = "", handle = "", path = "", values = ""] = /^(\w+)\((\d+)<([^>]*)>(.*)$/s.exec(call) ?? [];
  if (name === "") {
    const [, gone = ""] = /^unlink\("([^"]*)"/.exec(call) ?? [];
    const file = text(gone);
    return file.startsWith(folder) ? { kind: "gone", file: basename(file) } : undefined;
  }
  const bytes = bytesOf(/^, "([^"]*)"/.exec(values)?.[1] ?? "");
  if (name === "write" && handle === "1") return { kind: "said", text: bytes.toString() };
  if (!text(path).startsWith(folder)) return undefined;
  const file = basename(text(path));
  if (file.endsWith("-shm")) return undefined; // It is made anew from the log.
  if (name === "fdatasync" || name === "fsync") return { kind: "sync", file };
  const number = Number(/, (\d+)(?:\)|\s*<unfinished)/.exec(values)?.[1]);
  if (name === "pwrite64") return { kind: "write", file, at: number, bytes };
  if (name === "ftruncate") return { kind: "cut", file, length: number };
  return undefined;
}

function bytesOf(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

/** Paths are escaped as bytes are. */
function text(path: string): string {
  return path.startsWith("\\x") ? bytesOf(path).toString() : path;
}

/** Lays the files into a folder, as they may be when the power goes after so many of what was seen. */
export function layOut(trace: WriteTrace, until: number, folder: string, random: Random): void {
  const disk = new Map<string, Disk>();
  for (const one of trace.slice(0, until)) {
    if (one.kind === "said") continue;
    const file = disk.get(one.file) ?? new Disk();
    disk.set(one.file, file);
    if (one.kind === "gone") disk.delete(one.file);
    else if (one.kind === "sync") file.sync();
    else if (one.kind === "cut") file.cut(one.length);
    else file.write(one.at, one.bytes);
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, file] of disk) writeFileSync(join(folder, name), file.afterPowerCut(random));
}

type Pending = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

class Disk {
  #synced: Buffer = Buffer.alloc(0);
  #pending: Pending[] = [];

  write(at: number, bytes: Buffer): void {
    this.#pending.push({ at, bytes });
  }

  cut(length: number): void {
    this.#pending.push({ length });
  }

  sync(): void {
    this.#synced = this.#pending.reduce<Buffer>(apply, this.#synced);
    this.#pending = [];
  }

  /** Each sector that was not synced may have arrived or not. */
  afterPowerCut(random: Random): Buffer {
    return this.#pending.reduce<Buffer>((bytes, one) => {
      if ("length" in one) return random.next() < 0.5 ? apply(bytes, one) : bytes;
      let held = bytes;
      for (let from = 0; from < one.bytes.length; from += SECTOR_BYTES) {
        if (random.next() < 0.5)
          held = apply(held, { at: one.at + from, bytes: one.bytes.subarray(from, from + SECTOR_BYTES) });
      }
      return held;
    }, this.#synced);
  }
}

function apply(file: Buffer, one: Pending): Buffer {
  if ("length" in one) {
    const cut = Buffer.alloc(one.length);
    file.copy(cut);
    return cut;
  }
  const end = one.at + one.bytes.length;
  const whole = end > file.length ? Buffer.concat([file, Buffer.alloc(end - file.length)]) : Buffer.from(file);
  one.bytes.copy(whole, one.at);
  return whole;
}
