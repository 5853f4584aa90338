import type { Runtime } from "../runtime/runtime.ts";

const ALTERNATE = "\u001b[?1049h\u001b[?25l";
const RESTORE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** A picture that is drawn over itself, on a screen of its own: what stood in the terminal before is there again after. */
export class Picture {
  readonly #runtime: Pick<Runtime, "writeOut">;

  constructor(runtime: Pick<Runtime, "writeOut">) {
    this.#runtime = runtime;
  }

  open(): Promise<void> {
    return this.#runtime.writeOut(ALTERNATE);
  }

  /** In one write, so that nothing flickers. */
  draw(lines: readonly string[]): Promise<void> {
    return this.#runtime.writeOut(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join("\n")}${CLEAR_BELOW}`);
  }

  close(): Promise<void> {
    return this.#runtime.writeOut(RESTORE);
  }
}
