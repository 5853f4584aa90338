// Invariant: the address that is connected to is the one that was looked at.
import { lookup as resolve } from "node:dns/promises";
import { isIP, isIPv6, type LookupFunction } from "node:net";
import { AppError } from "../base/errors.ts";
import type { AllowedNetworks } from "./allowed-networks.ts";

/** The one answer to the question where a host is. A name that also leads inside is refused whole: the next answer may be that one. */
export async function pinnedAddress(url: URL, networks: AllowedNetworks): Promise<LookupFunction> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host];
  const address = addresses[0];
  if (address === undefined || !addresses.every((one) => networks.allows(one)))
    throw unreachable(`${url.hostname} leads inside`);
  return pinned(address);
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

export function reasonOf(cause: Error): string {
  const { code } = cause as { code?: string };
  return code ?? (cause.message === "it took too long" ? cause.message : "the connection failed");
}

export function unreachable(why: string): AppError {
  return new AppError("unavailable", `nothing came back: ${why}`, { hint: "It is tried again." });
}
