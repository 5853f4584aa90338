// Sends a text to an address that somebody else has chosen. Invariant: the address that is connected to is the one
// that was looked at; nothing leads on from there.
import { lookup as resolve } from "node:dns/promises";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { AppError } from "../base/errors.ts";
import { isPublicAddress } from "./public-address.ts";

/** Addresses that lead inside, and may be reached all the same. */
export class AllowedNetworks {
  readonly #list = new BlockList();

  /** Each like 127.0.0.1, 10.0.0.0/8 or ::1. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const kind = isIPv6(address) ? "ipv6" : "ipv4";
      if (isIP(address) === 0) throw badNetwork(network);
      try {
        this.#list.addSubnet(address, bits === undefined ? (kind === "ipv6" ? 128 : 32) : Number(bits), kind);
      } catch {
        throw badNetwork(network);
      }
    }
  }

  allows(address: string): boolean {
    return isPublicAddress(address) || this.#list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  }
}

function badNetwork(network: string): AppError {
  return new AppError("invalid_input", `no network ${JSON.stringify(network.slice(0, 100))}`, {
    hint: "Write it like 127.0.0.1, 10.0.0.0/8 or fd00::/8.",
  });
}

/** What may be asked at all, before a name is looked up. */
export function checkedUrl(text: string, networks: AllowedNetworks): URL {
  const refuse = (why: string) =>
    new AppError("invalid_input", `cannot send to that address: ${why}`, {
      hint: "Use a public address like https://example.com/hook; the setting webhook_networks allows others.",
    });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) throw refuse("it is no http or https address");
  if (url.username !== "" || url.password !== "") throw refuse("it holds a name or a password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !networks.allows(host)) throw refuse("it leads inside");
  return url;
}

export interface Posted {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly networks: AllowedNetworks;
  readonly signal: AbortSignal;
}

/** Throws an AppError that says why nothing came back. A redirect is an answer like every other. */
export async function postText(url: URL, body: string, options: PostOptions): Promise<Posted> {
  const { headers, timeoutMs, networks, signal } = options;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host];
  const address = addresses[0];
  // A name that also leads inside is refused whole: the next answer may be the other one.
  if (address === undefined || !addresses.every((one) => networks.allows(one)))
    throw unreachable(`${url.hostname} leads inside`);
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((done, fail) => {
    const bytes = Buffer.from(body);
    const sent = request(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": String(bytes.length), connection: "close" },
        lookup: pinned(address),
        agent: false,
        signal,
        timeout: timeoutMs,
      },
      (answer) => {
        const retryAfter = answer.headers["retry-after"];
        // What it says is nobody's business.
        answer.on("error", () => {});
        answer.destroy();
        done({ status: answer.statusCode ?? 0, retryAfter });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("it took too long")));
    sent.on("error", (cause) => fail(unreachable(reasonOf(cause))));
    sent.end(bytes);
  });
}

function pinned(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_host, { all }, answer) => {
    if (all) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await resolve(host, { all: true, verbatim: true })).map(({ address }) => address);
  } catch (cause) {
    throw unreachable(`${host} was not found (${(cause as { code?: string }).code ?? "unknown failure"})`);
  }
}

function reasonOf(cause: Error): string {
  const { code } = cause as { code?: string };
  return code ?? (cause.message === "it took too long" ? cause.message : "the connection failed");
}

function unreachable(why: string): AppError {
  return new AppError("unavailable", `nothing came back: ${why}`, { hint: "It is tried again." });
}
