// One thread of a made-up world: whatever anybody waits for happens when the seed says, one thing after the other, and
// time passes only when nothing else can happen. So a seed always leads to the same.
import { type Clock, sleepBy } from "../../src/base/clock.ts";
import type { Random } from "../harness/random.ts";

/** Somebody who can die, and stand still. */
export interface Actor {
  readonly name: string;
  isDead: boolean;
  stillUntilMs: number;
}

interface Due {
  readonly actor: Actor;
  readonly atMs: number;
  readonly work: () => void;
}

const START_MS = 1_700_000_000_000;
/** Now and then time passes although something else could happen: what is slow is overtaken by timers. */
const HASTE = 0.02;
/** What a promise, or an immediate of the program under test, sets off. */
const TURNS = 3;

export class Scheduler {
  readonly #random: Random;
  #ready: Due[] = [];
  #timers: Due[] = [];
  #elapsedMs = 0;
  steps = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get nowMs(): number {
    return START_MS + this.#elapsedMs;
  }

  /** Happens some time from now on; never when the actor has died. */
  soon(actor: Actor, work: () => void): void {
    this.#ready.push({ actor, atMs: this.#elapsedMs, work });
  }

  /** Answers how to call it off. */
  after(actor: Actor, ms: number, work: () => void): () => void {
    const timer = { actor, atMs: this.#elapsedMs + Math.max(0, ms), work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  clockOf(actor: Actor): Clock {
    const after = (ms: number, work: () => void) => this.after(actor, ms, work);
    return {
      now: () => this.nowMs,
      elapsed: () => this.#elapsedMs,
      random: () => this.#random.next(),
      nap: () => {},
      after,
      sleep: sleepBy(after),
    };
  }

  /** Until it is so, or nothing can happen any more. */
  async runUntil(isDone: () => boolean, stepsMax: number): Promise<"done" | "stuck" | "endless"> {
    await turns(TURNS);
    while (!isDone()) {
      if (++this.steps > stepsMax) return "endless";
      if (!this.#next()) {
        await turns(TURNS);
        if (!this.#next() && !this.#passTime()) return "stuck";
      }
      await turns(1);
    }
    return "done";
  }

  #next(): boolean {
    this.#ready = this.#ready.filter(({ actor }) => !actor.isDead);
    const able = this.#ready.filter(({ actor }) => actor.stillUntilMs <= this.#elapsedMs);
    if (able.length === 0) return false;
    if (this.#random.isTrue(HASTE) && this.#passTime()) return true;
    const chosen = this.#random.pick(able);
    this.#ready = this.#ready.filter((one) => one !== chosen);
    chosen.work();
    return true;
  }

  /** To the first timer; of those that are due at once, the seed chooses. */
  #passTime(): boolean {
    this.#timers = this.#timers.filter(({ actor }) => !actor.isDead);
    const dueAt = (due: Due) => Math.max(due.atMs, due.actor.stillUntilMs);
    const stillOnes = this.#ready.map(({ actor }) => actor.stillUntilMs).filter((until) => until > this.#elapsedMs);
    const first = Math.min(...this.#timers.map(dueAt), ...stillOnes);
    if (!Number.isFinite(first)) return false;
    this.#elapsedMs = Math.max(this.#elapsedMs, first);
    const due = this.#timers.filter((timer) => dueAt(timer) <= this.#elapsedMs);
    if (due.length === 0) return true;
    const chosen = this.#random.pick(due);
    this.#timers = this.#timers.filter((one) => one !== chosen);
    chosen.work();
    return true;
  }
}

/** Everything that follows from what has just happened, without anything new. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
