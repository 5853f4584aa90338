// Reads what lies at an address that somebody else has chosen. Invariant: every address on the way, redirects too, is
// looked at before it is connected to; no more than so many bytes are read, and for no longer than so long.
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { type AllowedNetworks, checkedUrl } from "./allowed-networks.ts";
import { pinnedAddress, reasonOf, unreachable } from "./pinned-address.ts";

export interface Got {
  /** Where it was found in the end. */
  readonly url: string;
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
  /** There was more. */
  readonly isCut: boolean;
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "after">;
  readonly bytesMax: number;
  readonly networks: AllowedNetworks;
  /** The setting that allows other addresses. */
  readonly setting: string;
  readonly signal: AbortSignal;
}

const REDIRECTS_MAX = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export async function getBytes(address: string, options: GetOptions): Promise<Got> {
  using late = setAlarm(options.clock, options.timeoutMs);
  const signal = AbortSignal.any([options.signal, late.signal]);
  let next = address;
  try {
    for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
      const url = checkedUrl(next, options.networks, options.setting);
      const answer = await ask(url, options, signal);
      const to = answer.headers.location;
      if (!REDIRECTS.includes(answer.statusCode ?? 0) || to === undefined)
        return { url: url.href, ...(await read(answer, options.bytesMax, signal)) };
      answer.destroy();
      next = URL.canParse(to, url.href) ? new URL(to, url).href : to;
    }
  } catch (cause) {
    options.signal.throwIfAborted();
    if (late.signal.aborted)
      throw new AppError("timeout", "the page did not come in time", { hint: "Try another one." });
    throw cause;
  }
  throw unreachable(`it leads on more than ${REDIRECTS_MAX} times`);
}

async function ask(url: URL, { headers, networks }: GetOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const lookup = await pinnedAddress(url, networks);
  signal.throwIfAborted();
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((done, fail) => {
    const given = { ...headers, "accept-encoding": "gzip, deflate, br", connection: "close" };
    const sent = request(url, { method: "GET", headers: given, lookup, agent: false, signal }, done);
    sent.on("error", (cause) => fail(unreachable(reasonOf(cause))));
    sent.end();
  });
}

/** What is packed is counted as it comes out: a small answer may be a large page. */
async function read(answer: IncomingMessage, bytesMax: number, signal: AbortSignal): Promise<Omit<Got, "url">> {
  const status = answer.statusCode ?? 0;
  const type = answer.headers["content-type"] ?? "";
  const pieces: Uint8Array[] = [];
  let left = bytesMax;
  const stream = unpacked(answer);
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      pieces.push(piece.subarray(0, left));
      left -= piece.length;
      if (left < 0) break;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw unreachable(reasonOf(cause as Error));
  } finally {
    answer.destroy();
  }
  return { status, type, bytes: Buffer.concat(pieces), isCut: left < 0 };
}

function unpacked(answer: IncomingMessage): AsyncIterable<Buffer> {
  const way = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress }[
    answer.headers["content-encoding"]?.toLowerCase() ?? ""
  ];
  if (!way) return answer;
  const unpack = way();
  answer.on("error", (cause) => unpack.destroy(cause));
  return answer.pipe(unpack);
}
