import { isRecord } from "../../src/base/json.ts";
import { Child, inTime, type Program, type Stage } from "./child.ts";
import { checkMessage, checkText, parsed, short, Violation } from "./verdict.ts";

type Message = Record<string, unknown>;

/** The other end of stdio: every line that arrives must be a JSON-RPC message, and fit one of the verdicts. */
export class StdioClient {
  readonly child: Child;
  readonly #stage: Stage;
  readonly #waiting = new Map<string | number, (message: Message) => void>();
  /** Who waits for an answer to what could not be read: it has no id. */
  #namelessWaiting: (() => void)[] = [];
  #violation: Violation | undefined;
  /** Far from what a fuzzer makes up. */
  #nextId = 2_000_000;
  readonly #isStrict: boolean;

  /** When strict, an answer with an id that was not asked with is a violation. */
  constructor(program: Program, stage: Stage, isStrict: boolean) {
    this.#stage = stage;
    this.#isStrict = isStrict;
    this.child = new Child(program, [], stage, (line) => this.#take(line));
  }

  nextId(): number {
    return this.#nextId++;
  }

  async open(): Promise<void> {
    await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "fuzz", version: "1" },
    });
    await this.child.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  request(method: string, params: unknown = {}): Promise<Message> {
    const id = this.nextId();
    return this.sendText(id, JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  /** Sends a line as it stands, and waits for the answer with this id. */
  async sendText(id: number, line: string): Promise<Message> {
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    await this.child.write(`${line}\n`);
    const message = await inTime(Promise.race([answer, this.#gone()]), () => short(line));
    this.check();
    return message;
  }

  /** Sends a line that has no id to be answered with, and waits for the refusal without one. */
  async sendUnreadable(line: string): Promise<void> {
    const refused = new Promise<void>((resolve) => this.#namelessWaiting.push(resolve));
    await this.child.write(`${line}\n`);
    await inTime(Promise.race([refused, this.#gone()]), () => short(line));
    this.check();
  }

  async #gone(): Promise<never> {
    await this.child.ended;
    throw new Violation(`the process ended with ${this.child.exit}: ${this.child.stderr.slice(-2_000)}`);
  }

  check(): void {
    if (this.#violation) throw this.#violation;
  }

  #take(line: string): void {
    try {
      const message = parsed(line) as Message;
      checkMessage(message, this.#stage.places);
      checkText(line, this.#stage.places);
      if ("method" in message) return;
      this.#settle(message);
    } catch (thrown) {
      this.#violation ??= thrown instanceof Violation ? thrown : new Violation(String(thrown));
      for (const wake of this.#waiting.values()) wake({});
      for (const wake of this.#namelessWaiting) wake();
    }
  }

  #settle(message: Message): void {
    const id = message["id"] as string | number | null | undefined;
    if (id === null || id === undefined) {
      if (!isRecord(message["error"])) throw new Violation(`a result for nobody: ${short(message)}`);
      this.#namelessWaiting.shift()?.();
      return;
    }
    const wake = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (wake) return wake(message);
    if (this.#isStrict) throw new Violation(`an answer that nobody asked for: ${short(message)}`);
  }
}
