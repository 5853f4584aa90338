/** More than the program has texts: what falls out is a text that was used once. */
export const STATEMENTS_MAX = 512;

/** Prepared statements by their text: to prepare one takes longer than most of them run. */
export class Prepared<S extends object> {
  readonly #prepare: (text: string) => S;
  readonly #statements = new Map<string, S>();

  constructor(prepare: (text: string) => S) {
    this.#prepare = prepare;
  }

  get(text: string): S {
    const known = this.#statements.get(text);
    if (known) return known;
    if (this.#statements.size >= STATEMENTS_MAX) this.#dropOldest();
    const statement = this.#prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  /** A file stays open as long as one of its statements does. */
  clear(): void {
    for (const statement of this.#statements.values()) end(statement);
    this.#statements.clear();
  }

  #dropOldest(): void {
    const [[text, statement] = []] = this.#statements;
    if (text === undefined) return;
    this.#statements.delete(text);
    if (statement) end(statement);
  }
}

/** Deno's statements end with their database. */
function end(statement: object): void {
  if ("finalize" in statement && typeof statement.finalize === "function") statement.finalize();
}
