// Runs rounds on a face. Everything in a round comes from the seed, the face and the round's number, so that a
// violation can be had again; state that earlier rounds left is had again by running them all.
import { Random } from "../harness/random.ts";
import { httpBytesFace } from "./bytes-on-http.ts";
import { stdioBytesFace } from "./bytes-on-stdio.ts";
import type { Program } from "./child.ts";
import { cliFace } from "./cli.ts";
import type { Face } from "./face.ts";
import { mcpHttpFace } from "./mcp-http.ts";
import { mcpStdioFace } from "./mcp-stdio.ts";
import { restFace } from "./rest.ts";

export const FACES: Readonly<Record<string, (program: Program) => Promise<Face>>> = {
  "mcp-stdio": mcpStdioFace,
  "mcp-http": mcpHttpFace,
  rest: restFace,
  cli: cliFace,
  "stdio-bytes": stdioBytesFace,
  "http-bytes": httpBytesFace,
};

/** How often the program's health is looked at. */
const CHECK_EVERY = 50;
const SENT_SHOWN_CHARS_MAX = 4_000;

export interface Run {
  readonly face: string;
  readonly seed: string;
  readonly rounds: number;
  readonly program: Program;
  readonly onRound?: (round: number) => void;
}

/** Resolves when every round held; otherwise its error says what was sent, and how to see it again. */
export async function runFace({ face: name, seed, rounds, program, onRound }: Run): Promise<void> {
  const face = await FACES[name]?.(program);
  if (!face) throw new Error(`no face ${name}: there are ${Object.keys(FACES).join(", ")}`);
  let sent = "";
  let round = 0;
  try {
    for (; round < rounds; round++) {
      await face.round(new Random(`${seed}/${name}/${round}`), (text) => {
        sent = text;
      });
      if (round % CHECK_EVERY === 0) await face.check();
      onRound?.(round);
    }
    await face.check();
  } catch (cause) {
    await face.close().catch(() => {}); // What broke it is already known.
    const again = `bun scripts/fuzz.ts --seed ${seed} --face ${name} --rounds ${round + 1}`;
    const shown = sent.length > SENT_SHOWN_CHARS_MAX ? `${sent.slice(0, SENT_SHOWN_CHARS_MAX)}…` : sent;
    throw new Error(`${name}, round ${round}: ${(cause as Error).message}\nsent: ${shown}\nagain: ${again}`, { cause });
  }
  await face.close();
}
