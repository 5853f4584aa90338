// Addresses that somebody else has chosen: which of them may be asked at all.
import { BlockList, isIP, isIPv6 } from "node:net";
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

/** What may be asked at all, before a name is looked up. `setting` is what allows others. */
export function checkedUrl(text: string, networks: AllowedNetworks, setting: string): URL {
  const refuse = (why: string) =>
    new AppError("invalid_input", `cannot use that address: ${why}`, {
      hint: `Use a public address like https://example.com/page; the setting ${setting} allows others.`,
    });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) throw refuse("it is no http or https address");
  if (url.username !== "" || url.password !== "") throw refuse("it holds a name or a password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !networks.allows(host)) throw refuse("it leads inside");
  return url;
}
