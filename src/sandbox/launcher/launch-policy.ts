/** What the launcher does to itself before it becomes the program. */
export interface LaunchPolicy {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Paths that may be read and run. */
  readonly readable: readonly string[];
  /** Folders in which anything may be done. */
  readonly writable: readonly string[];
  readonly landlock: boolean;
  readonly seccomp: boolean;
  readonly network: NetworkReach;
  /** Inside namespaces of its own: the whole tree of files becomes read-only, but for what is writable. */
  readonly mounts?: MountPolicy | undefined;
  /** The user that the program runs as; only for root. */
  readonly uid?: number | undefined;
  /** Whoever was root here gives up all that root may do. */
  readonly dropsPowers: boolean;
  readonly rlimits: Rlimits;
}

/** A number: only this port, by TCP; a proxy listens there. */
export type NetworkReach = "off" | "on" | number;

export interface MountPolicy {
  readonly reveal: readonly Revealed[];
  /** Inside what is writable: not to be moved away. */
  readonly pinned: readonly string[];
  /** Inside what is writable: not to be changed. */
  readonly readOnly: readonly string[];
}

/** A folder that is closed to other users is hidden, but for what lies below it and is needed. */
export interface Revealed {
  readonly folder: string;
  /** Folders below it. */
  readonly paths: readonly string[];
  /** Files below it. */
  readonly files: readonly string[];
}

export interface Rlimits {
  readonly cpuSeconds: number;
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Undefined where something else counts them. */
  readonly processes?: number | undefined;
  /** Of memory that is written to. */
  readonly dataBytes: number;
  /** Of addresses: some runtimes reserve far more than they use. */
  readonly addressBytes?: number | undefined;
}
