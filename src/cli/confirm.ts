import { LinePipe } from "../base/line-pipe.ts";
import type { Runtime } from "../runtime/runtime.ts";

type Terminal = Pick<Runtime, "host" | "stdin">;

const YES = /^\s*y(?:es)?\s*$/i;

/** One question on the terminal; anything but a yes is a no. */
export async function confirm(question: string, terminal: Terminal): Promise<boolean> {
  return YES.test(await answerTo(`${question} [y/N] `, terminal));
}

/** The same question about several: all of them, those that are named, or none. */
export async function confirmSome(question: string, names: readonly string[], terminal: Terminal): Promise<string[]> {
  const answer = await answerTo(`${question} [y/N, or which: ${names.slice(0, NAMED_MAX).join(",")}] `, terminal);
  if (YES.test(answer)) return [...names];
  const wanted = new Set(answer.toLowerCase().split(/[\s,]+/));
  return names.filter((name) => wanted.has(name.toLowerCase()));
}

/** More are not read in one line; they can be named all the same. */
const NAMED_MAX = 8;

async function answerTo(question: string, { host, stdin }: Terminal): Promise<string> {
  host.writeErr(question);
  const answer = await new LinePipe(stdin()).next();
  if (answer === undefined) host.writeErr("\n");
  return answer ?? "";
}
