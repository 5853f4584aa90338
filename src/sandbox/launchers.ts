// Starts what is confined. A launcher takes longer to start than most programs to run, so the next one is started
// ahead, waits for its policy, and knows nothing until then.
import type { Clock } from "../base/clock.ts";
import { LAUNCHER_IDLE_MS } from "../base/limits.ts";
import type { Runtime, Started, StartOptions } from "../runtime/runtime.ts";
import type { Confined } from "./confine.ts";
import { encodeLaunchPolicy } from "./launcher/launch-policy.ts";

type OnOutput = StartOptions["onOutput"];

interface Ready {
  readonly starting: Promise<Started>;
  isOver: boolean;
  onOutput: OnOutput;
}

export class Launchers {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  /** By its command line, which says in which namespaces it waits. */
  readonly #ready = new Map<string, Ready>();
  #stopIdling: (() => void) | undefined;
  #isClosed = false;

  constructor(runtime: Runtime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
  }

  async start(run: Confined, onOutput: OnOutput): Promise<Started> {
    const { command, env, cwd, policy } = run;
    if (!policy) return this.#runtime.start(command, { env, cwd, onOutput });
    const key = command.join("\0");
    const ready = this.#take(key) ?? this.#launch(run);
    ready.onOutput = onOutput;
    const started = await ready.starting;
    await started.write(encodeLaunchPolicy(policy));
    // One for programs that reach the network by their own proxy would never be needed again.
    if (typeof policy.network !== "number") this.#prepare(key, run);
    return started;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#endAll();
  }

  #take(key: string): Ready | undefined {
    const ready = this.#ready.get(key);
    this.#ready.delete(key);
    return ready?.isOver ? undefined : ready;
  }

  #prepare(key: string, run: Confined): void {
    if (this.#isClosed) return;
    if (!this.#ready.has(key)) this.#ready.set(key, this.#launch(run));
    this.#stopIdling?.();
    this.#stopIdling = this.#clock.after(LAUNCHER_IDLE_MS, () => void this.#endAll());
  }

  #launch({ command, env, cwd }: Confined): Ready {
    const onOutput: OnOutput = (stream, bytes) => ready.onOutput(stream, bytes);
    const ready: Ready = {
      starting: this.#runtime.start(command, { env, cwd, onOutput }),
      isOver: false,
      onOutput: () => {},
    };
    const end = () => {
      ready.isOver = true;
    };
    ready.starting.then(({ ended }) => ended).then(end, end);
    return ready;
  }

  async #endAll(): Promise<void> {
    this.#stopIdling?.();
    const all = [...this.#ready.values()];
    this.#ready.clear();
    await Promise.allSettled(all.map(endUnused));
  }
}

/** It ends by itself when its input does. */
async function endUnused({ starting }: Ready): Promise<void> {
  const started = await starting;
  await started.endInput();
  await started.ended;
  await started.drained;
}
