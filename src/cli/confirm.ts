import { LinePipe } from "../base/line-pipe.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** One question on the terminal; anything but a yes is a no. */
export async function confirm(question: string, { host, stdin }: Pick<Runtime, "host" | "stdin">): Promise<boolean> {
  host.writeErr(`${question} [y/N] `);
  const answer = await new LinePipe(stdin()).next();
  if (answer === undefined) host.writeErr("\n");
  return /^\s*y(es)?\s*$/i.test(answer ?? "");
}
