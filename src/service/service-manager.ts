import type { Finished } from "../runtime/runtime.ts";

export type CommandLine = readonly [string, ...string[]];

/** What the service is to start, and where it listens. */
export interface ServiceLaunch {
  readonly command: CommandLine;
  /** Whose it is; 0 is the machine's. */
  readonly uid: number | undefined;
  readonly home: string;
  /** Variables for it alone, like keys of providers; it need not be there. */
  readonly envFile: string;
  readonly logFile: string;
}

export interface ManagedState {
  /** `installed` where it does not say whether it runs. */
  readonly state: "running" | "stopped" | "absent" | "installed";
  /** The process that it has started. */
  readonly pid?: number | undefined;
}

/** What the system's own manager of services is told. Pure: nothing is started or written here. */
export interface ServiceManager {
  readonly name: string;
  /** What it reads; undefined where it keeps that itself. */
  readonly file: { readonly path: string; readonly text: string } | undefined;
  /** Fails where the manager does not work here. */
  readonly probe: CommandLine;
  /** In order; one that ends with false may fail. */
  readonly install: readonly (readonly [CommandLine, mustWork?: boolean])[];
  readonly remove: readonly (readonly [CommandLine, mustWork?: boolean])[];
  readonly query: CommandLine;
  stateOf(answer: Finished): ManagedState;
  /** Where its own words about the service are. */
  readonly journal: string;
  readonly notes: readonly string[];
}

export const MARK = "Written by cadre service install";
export const NAME = "cadre";
