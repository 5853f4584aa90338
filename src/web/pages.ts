// Pages of the web, as text for models.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { PAGE_BYTES_MAX, PAGE_KEPT_MS, PAGE_MS, PAGES_KEPT_MAX, ROBOTS_BYTES_MAX } from "../base/limits.ts";
import { VERSION } from "../base/version.ts";
import type { AllowedNetworks } from "../net/allowed-networks.ts";
import { type Got, getBytes } from "../net/guarded-get.ts";
import { pageText } from "./page-text.ts";
import { Robots } from "./robots.ts";

export interface Page {
  readonly url: string;
  readonly title: string;
  readonly text: string;
  readonly type: string;
  /** There was more than is read of a page. */
  readonly isCut: boolean;
  readonly readMs: number;
}

const NAME = "cadre";
const HEADERS = {
  "user-agent": `${NAME}/${VERSION} (reads pages for its user)`,
  accept: "text/html, text/*, application/json, application/xml;q=0.9, */*;q=0.1",
};
const TEXTS = /^(text\/|application\/(json|xml|[\w.-]+\+(json|xml)|javascript|yaml))/i;
const HTML = /^(text\/html|application\/xhtml\+xml)/i;

export class Pages {
  readonly #clock: Clock;
  readonly #networks: AllowedNetworks;
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<string, Page>();
  readonly #robots = new Map<string, { readonly robots: Robots; readonly readMs: number }>();

  constructor(clock: Clock, networks: AllowedNetworks) {
    this.#clock = clock;
    this.#networks = networks;
  }

  async read(address: string, signal: AbortSignal): Promise<Page> {
    const kept = this.#kept.get(address);
    if (kept && this.#clock.elapsed() - kept.readMs < PAGE_KEPT_MS) return keep(this.#kept, address, kept);
    await this.#refuseUnwanted(address, signal);
    const got = await this.#get(address, PAGE_BYTES_MAX, signal);
    if (got.status >= 400) throw noPage(got.status);
    if (!TEXTS.test(got.type)) {
      throw new AppError("unsupported_media", `cannot read ${got.type || "what does not say what it is"} as text`, {
        hint: "Look for the same as a web page.",
      });
    }
    const text = decoderOf(got.type).decode(got.bytes);
    const { url, type, isCut } = got;
    const read = HTML.test(type) ? pageText(text, url) : { title: "", text };
    const page = { url, type, isCut, title: read.title || url, text: read.text.toWellFormed() };
    return keep(this.#kept, address, { ...page, readMs: this.#clock.elapsed() });
  }

  #get(address: string, bytesMax: number, signal: AbortSignal): Promise<Got> {
    return getBytes(address, {
      headers: HEADERS,
      timeoutMs: PAGE_MS,
      clock: this.#clock,
      bytesMax,
      networks: this.#networks,
      setting: "web_networks",
      signal,
    });
  }

  /** A site without rules forbids nothing; one whose rules cannot be read is asked again later. */
  async #refuseUnwanted(address: string, signal: AbortSignal): Promise<void> {
    if (!URL.canParse(address)) return;
    const { origin, pathname, search } = new URL(address);
    let known = this.#robots.get(origin);
    if (!known || this.#clock.elapsed() - known.readMs > PAGE_KEPT_MS) {
      const got = await this.#get(`${origin}/robots.txt`, ROBOTS_BYTES_MAX, signal);
      const isText = got.status < 300 && !HTML.test(got.type);
      const robots = new Robots(isText ? new TextDecoder().decode(got.bytes) : "", NAME);
      known = keep(this.#robots, origin, { robots, readMs: this.#clock.elapsed() });
    }
    if (known.robots.allows(pathname + search)) return;
    throw new AppError("forbidden", "the site asks programs not to read that page", {
      hint: "Its robots.txt says so. Look for the same elsewhere.",
    });
  }
}

function keep<T>(kept: Map<string, T>, key: string, value: T): T {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > PAGES_KEPT_MAX && oldest !== undefined) kept.delete(oldest);
  return value;
}

function noPage(status: number): AppError {
  const code = status === 404 || status === 410 ? "not_found" : status === 429 ? "rate_limited" : "unavailable";
  return new AppError(code, `the page answered ${status}`, { hint: "Look for the same elsewhere." });
}

function decoderOf(type: string): InstanceType<typeof TextDecoder> {
  const name = /charset=["']?([\w-]+)/i.exec(type)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(name as "utf-8");
  } catch {
    return new TextDecoder();
  }
}
