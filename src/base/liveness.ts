/** Tells whether a process still lives; undefined when nobody here can know. */
export interface Liveness {
  /** From now on others see that this process lives. */
  hold(process: string): void;
  isAlive(process: string): boolean | undefined;
}
