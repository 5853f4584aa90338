// How a process shows that it lives, for as long as it does: the lock of a tiny SQLite file, named after the
// process. Invariant: whoever finds the file and gets its lock knows that the process is dead, however it died; a
// process that merely stands still keeps it. Nothing is ever written into the file.
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { PROCESS_LOCKS_MAX } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { FILE_MODE, makePrivateFolder } from "./durable-file.ts";
import { fileError } from "./file-errors.ts";
import { isBusy } from "./sqlite-errors.ts";

/** Ids come from rows that others write too: nothing else becomes a part of a path. */
const ID = /^process_[0-9a-f]{12}$/;
const ENDING = ".lock";
/** A sweep may take a file away in the moment between making and locking it, hardly ever twice. */
const TRIES_MAX = 50;

interface Lock extends Disposable {
  exec(text: string): void;
}

export class ProcessLocks {
  readonly #runtime: Pick<Runtime, "openSqlite">;
  readonly #folder: string;
  /** By the id of the process: one, but in tests. */
  readonly #held = new Map<string, Lock>();

  constructor(runtime: Pick<Runtime, "openSqlite">, folder: string) {
    this.#runtime = runtime;
    this.#folder = folder;
  }

  /** From now on others see that the process lives. */
  hold(id: string): void {
    if (this.#held.has(id)) return;
    if (!ID.test(id)) throw new Error("no id of a process");
    try {
      makePrivateFolder(this.#folder);
      this.#held.set(id, this.#take(this.#path(id)));
    } catch (cause) {
      throw fileError(cause, "show that this process lives");
    }
  }

  /** Undefined when nobody here can know: the process is one of another machine, or its file was swept. */
  isAlive(id: string): boolean | undefined {
    if (this.#held.has(id)) return true;
    if (!ID.test(id)) return undefined;
    const path = this.#path(id);
    if (!existsSync(path)) return undefined;
    try {
      // A reader makes no file, and its lock is a shared one: two who look at once do not take each other for the process.
      using probe = this.#open(path, { readOnly: true });
      probe.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
      return false;
    } catch (cause) {
      return isBusy(cause) ? true : undefined;
    }
  }

  /** Lets go of what was held. The files stay: they tell others that these processes have ended. */
  release(): void {
    for (const lock of this.#held.values()) lock[Symbol.dispose]();
    this.#held.clear();
  }

  /** Removes the files of dead processes, but for those whose end is still to be told, and returns their ids. */
  sweep(kept: ReadonlySet<string> = new Set()): string[] {
    return this.#ids().filter((id) => !kept.has(id) && !this.#held.has(id) && this.#remove(id));
  }

  #take(path: string): Lock {
    for (let tries = 1; ; tries++) {
      // Never opened like this again: closing a file takes all of a process's locks on it away.
      closeSync(openSync(path, "a", FILE_MODE));
      const made = fileAt(path);
      try {
        const lock = this.#lock(path);
        if (made !== undefined && fileAt(path) === made) return lock;
        lock[Symbol.dispose]();
      } catch (cause) {
        if (!isBusy(cause)) throw cause;
      }
      if (tries === TRIES_MAX) throw taken();
    }
  }

  #ids(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return []; // Nothing was ever held here.
    }
    return names
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .filter((id) => ID.test(id))
      .slice(0, PROCESS_LOCKS_MAX);
  }

  /** While the file goes, its lock is held: a process that is about to take it finds out, and makes another. */
  #remove(id: string): boolean {
    const path = this.#path(id);
    const found = fileAt(path);
    if (found === undefined) return false;
    let isGone: boolean;
    try {
      using _lock = this.#lock(path);
      // Another sweep was faster, and the process has made a new one.
      if (fileAt(path) !== found) return false;
      isGone = removed(path);
    } catch {
      return false; // It lives.
    }
    // Windows removes no file that is open: not this one before it is closed, and not one that its process has opened again.
    return isGone || removed(path);
  }

  #lock(path: string): Lock {
    const lock = this.#open(path);
    try {
      // Nothing is ever written: no journal is needed either.
      lock.exec("PRAGMA journal_mode = MEMORY");
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (cause) {
      lock[Symbol.dispose]();
      throw cause;
    }
  }

  #open(path: string, options: { readonly readOnly?: boolean } = {}): Lock {
    const connection = this.#runtime.openSqlite(path, options);
    connection.exec("PRAGMA busy_timeout = 0");
    return { exec: (text) => connection.exec(text), [Symbol.dispose]: () => connection.close() };
  }

  #path(id: string): string {
    return join(this.#folder, id + ENDING);
  }
}

/** Which file has this name now. */
function fileAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function removed(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}

function taken(): AppError {
  return new AppError("unavailable", "cannot show that this process lives: its lock is taken", {
    hint: "Try again.",
    retryAfterMs: 1_000,
  });
}
