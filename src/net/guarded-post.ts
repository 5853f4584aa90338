// Sends a text to an address that somebody else has chosen. Nothing leads on from there.
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { AllowedNetworks } from "./allowed-networks.ts";
import { pinnedAddress, reasonOf, unreachable } from "./pinned-address.ts";

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
  const lookup = await pinnedAddress(url, networks);
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((done, fail) => {
    const bytes = Buffer.from(body);
    const sent = request(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": String(bytes.length), connection: "close" },
        lookup,
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
