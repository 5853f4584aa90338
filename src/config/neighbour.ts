// Who listens on a port already? Another account's program can listen there too, and answer what it likes: it
// would like to see one of our processes stopped, or to be told our token. So whoever asks shows that it knows
// the token without sending it, and only a cadre that knows the same one can prove, for this port, who it is.
import { createHmac, randomBytes } from "node:crypto";
import { deadline } from "../base/clock.ts";
import { isRecord } from "../base/json.ts";
import { printable } from "../base/text.ts";
import { isSameToken } from "./token.ts";

export interface Neighbour {
  readonly pid: number;
  readonly version: string;
  /** It has proven that it knows our token: it is a cadre of the same user. */
  readonly isOurs: boolean;
}

export const CHALLENGE_HEADER = "x-cadre-challenge";

const ANSWER_MS_MAX = 1_000;
const ANSWER_BYTES_MAX = 65_536;
const VERSION_CHARS_MAX = 40;
const CHALLENGE = /^([0-9a-f]{32})\.([0-9a-f]{64})$/;

interface Secret {
  readonly token: string;
  readonly port: number;
}

/** Asks whoever listens there whether it is a cadre; undefined when it is something else, or silent. */
export async function askNeighbour(origin: string, secret: Secret): Promise<Neighbour | undefined> {
  const nonce = randomBytes(16).toString("hex");
  try {
    const response = await fetch(`${origin}/health`, {
      headers: { [CHALLENGE_HEADER]: `${nonce}.${mac(secret, "ask", nonce)}` },
      signal: deadline(ANSWER_MS_MAX),
      redirect: "error",
      // A connection that is kept leads to whoever had the port when it was made.
      keepalive: false,
    });
    const health: unknown = JSON.parse(await shortText(response));
    if (!isRecord(health) || health["name"] !== "cadre") return undefined;
    const pid = Number(health["pid"]);
    // 0 and negative numbers would name whole groups of processes, 1 the system's first.
    if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
    const version = printable(String(health["version"]).slice(0, VERSION_CHARS_MAX));
    const isOurs = isSameToken(String(health["proof"]), mac(secret, "answer", nonce, pid));
    return { pid, version, isOurs };
  } catch {
    return undefined;
  }
}

/** The proof that belongs to a challenge; undefined for one that does not come from somebody who knows the token. */
export function proveIdentity(challenge: string | null, secret: Secret, pid: number): string | undefined {
  const [, nonce, asked] = CHALLENGE.exec(challenge ?? "") ?? [];
  if (!nonce || !asked || !isSameToken(asked, mac(secret, "ask", nonce))) return undefined;
  return mac(secret, "answer", nonce, pid);
}

function mac({ token, port }: Secret, ...words: readonly (string | number)[]): string {
  return createHmac("sha256", token)
    .update(JSON.stringify([port, ...words]))
    .digest("hex");
}

async function shortText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) return "";
  }
  return text;
}
