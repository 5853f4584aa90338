// A file of the user's own beside the settings, in YAML. It is looked at again whenever it has changed, so that what is
// changed in it counts without a restart. One that holds a secret must be its user's alone.
import { readFileSync, statSync } from "node:fs";
import type { z } from "zod";
import { AppError } from "../base/errors.ts";
import { USER_FILE_BYTES_MAX } from "../base/limits.ts";
import { readPrivateFile } from "./private-file.ts";
import { readYaml } from "./yaml.ts";

interface UserFileKind<T> {
  readonly schema: z.ZodType<T>;
  /** What holds where there is no file. */
  readonly empty: T;
  /** Where the docs show what it may say. */
  readonly docs: string;
  holdsSecret(value: T): boolean;
}

export class UserFile<T> {
  readonly #path: string | undefined;
  readonly #kind: UserFileKind<T>;
  #read: { readonly mark: string; readonly value: T } | undefined;

  constructor(path: string | undefined, kind: UserFileKind<T>) {
    this.#path = path;
    this.#kind = kind;
  }

  async now(): Promise<T> {
    const mark = this.#path === undefined ? undefined : markOf(this.#path);
    if (this.#path === undefined || mark === undefined) return this.#kind.empty;
    if (this.#read?.mark !== mark) this.#read = { mark, value: await readFile(this.#path, this.#kind) };
    return this.#read.value;
  }
}

function markOf(path: string): string | undefined {
  try {
    const { mtimeMs, size, ino, mode } = statSync(path);
    return `${mtimeMs} ${size} ${ino} ${mode}`;
  } catch {
    return undefined;
  }
}

async function readFile<T>(path: string, { schema, docs, holdsSecret }: UserFileKind<T>): Promise<T> {
  const broken = (where: string, why: string) =>
    new AppError("invalid_input", `cannot use ${where}: ${why}`, { hint: `${docs} shows what it may say.` });
  if (statSync(path).size > USER_FILE_BYTES_MAX) throw broken(path, `it is larger than ${USER_FILE_BYTES_MAX} bytes`);
  const read = await readYaml(readFileSync(path, "utf8"));
  if ("problem" in read) {
    const { line, column, message } = read.problem;
    throw broken(line === undefined ? path : `${path}:${line}:${column}`, message);
  }
  const parsed = schema.safeParse(read.value ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const why = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
    throw broken(path, `${issue?.path.join(".")}: ${why}`);
  }
  // A secret that others can read is none.
  if (holdsSecret(parsed.data)) readPrivateFile(path);
  return parsed.data;
}
