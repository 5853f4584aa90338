// A tiny process that outlives us by a moment: when this process dies, however it dies, the groups of programs that
// still run die with it. It hears of our death by the end of its input.
import type { Runtime, Started } from "../runtime/runtime.ts";

const SCRIPT = `
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) rest=
       for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done
       groups=$rest ;;
  esac
done
for one in $groups; do kill -s KILL -- "-$one" 2>/dev/null; done
`;

export class Reaper {
  readonly #runtime: Runtime;
  #process: Promise<Started> | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async watch(group: number): Promise<void> {
    if (this.#runtime.host.platform === "win32") return; // There is no shell there, and there are no groups.
    await (await this.#start()).write(`+ ${group}\n`);
  }

  async release(group: number): Promise<void> {
    await (await this.#process)?.write(`- ${group}\n`);
  }

  async close(): Promise<void> {
    const started = await this.#process?.catch(() => undefined);
    await started?.endInput();
    await started?.ended;
  }

  #start(): Promise<Started> {
    this.#process ??= this.#runtime.start(["/bin/sh", "-c", SCRIPT], { env: {}, cwd: "/", onOutput: () => {} });
    return this.#process;
  }
}
