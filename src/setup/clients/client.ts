// One row for each MCP client: where its file lies, how it is written, what an entry looks like. Facts only.
import type { Entry } from "../edit/config-editor.ts";

/** What will be started, or reached. */
export type Launch =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: "http"; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type StdioLaunch = Extract<Launch, { kind: "stdio" }>;
export type HttpLaunch = Extract<Launch, { kind: "http" }>;

/** How a client writes an entry. */
export interface Shape {
  stdio(launch: StdioLaunch, name: string): Entry;
  /** Absent where the file knows no servers at an address. */
  http?(launch: HttpLaunch, name: string): Entry;
}

/** Undefined where a client's file knows no servers at an address. */
export function entryIn(shape: Shape, launch: Launch, name: string): Entry | undefined {
  return launch.kind === "stdio" ? shape.stdio(launch, name) : shape.http?.(launch, name);
}

/** How a file is written, and what its client's parser takes; measured where the row's client could be run. */
export type Form =
  | {
      readonly format: "json";
      readonly comments: boolean;
      readonly trailingComma: boolean;
      readonly byteOrderMark: boolean;
    }
  /** In a list of tables, entries carry their names. */
  | { readonly format: "toml"; readonly isList?: true }
  | { readonly format: "yaml" }
  /** A file that is ours alone, in a folder of the client's. */
  | { readonly format: "own-file" };

/** A path with ~ and ${VARIABLE:-otherwise} in it; * stands for any one name. What needs a variable that is not set is no place. */
export type PathPattern = string;

/** A file, and what must be there for it to count; by default the file or its folder. */
export type Place = PathPattern | { readonly file: PathPattern; readonly when: PathPattern };

export type System = "linux" | "darwin" | "win32";
export type PerSystem<T> = T | Readonly<Record<System, T>>;

export interface Client {
  readonly id: string;
  readonly name: string;
  /**
   * `edited`: with the others, as soon as it is found. `asked`: only when it is named, because its facts come from
   * one source. `shown`: its user puts the snippet in.
   */
  readonly way: "edited" | "asked" | "shown";
  readonly form: Form;
  /** The names of the maps that an entry lies in. */
  readonly key: readonly string[];
  readonly user: PerSystem<readonly Place[]>;
  /** Every place that is there, and not only the first. */
  readonly everyPlace?: boolean;
  /** Files in a project's folder. */
  readonly project?: readonly string[];
  readonly shape: Shape;
  /** By what it is known that the client is there. */
  readonly programs?: readonly string[];
  readonly folders?: PerSystem<readonly PathPattern[]>;
  /** Which variables of its own a server gets, where these are not all; measured. */
  readonly passes?: "a few" | "no secrets";
  /** Its process, where it writes its file anew while it runs. */
  readonly process?: Readonly<Record<System, string>>;
  /** What its user has to do until the entry counts. */
  readonly afterwards: string;
  /** Asks the client itself; {{name}} is the entry's. */
  readonly ask?: readonly [string, ...string[]];
  /** A link that puts the entry in; {{json}} and {{base64}} are the entry, {{name}} its name, {{named}} the entry with its name, {{map}} a whole file. */
  readonly link?: string;
  readonly note?: string;
}
