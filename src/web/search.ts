// Searches the web where the user has an account, or an engine of their own.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { SEARCH_BYTES_MAX, SEARCH_MS, SEARCH_SNIPPET_CHARS_MAX } from "../base/limits.ts";
import { clip, printable } from "../base/text.ts";
import { boundedJson } from "../net/bounded-json.ts";

export interface Found {
  readonly url: string;
  readonly title: string;
  readonly snippet: string;
  readonly published?: string;
}

/** What the user's file says of the back ends. */
export interface SearchSettings {
  readonly tavily?: Access | undefined;
  readonly brave?: Access | undefined;
  readonly exa?: Access | undefined;
  readonly searxng?: { readonly url: string } | undefined;
}

interface Access {
  readonly key?: string | undefined;
  readonly url?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

interface Query {
  readonly query: string;
  readonly count: number;
  readonly topic: "general" | "news";
}

interface Ready {
  readonly name: string;
  readonly url: string;
  readonly init: RequestInit;
  /** Where the list of results lies, and how each is called there. */
  readonly list: readonly string[];
  readonly fields: { readonly title: string; readonly snippet: string; readonly published: string };
}

export class WebSearch {
  readonly #settings: () => Promise<SearchSettings>;
  readonly #env: Env;
  readonly #clock: Clock;

  constructor(settings: () => Promise<SearchSettings>, env: Env, clock: Clock) {
    this.#clock = clock;
    this.#settings = settings;
    this.#env = env;
  }

  async backEnds(): Promise<string[]> {
    return readyEnds(await this.#settings(), this.#env, { query: "", count: 1, topic: "general" }).map(
      ({ name }) => name,
    );
  }

  /** By the first that answers. */
  async search(query: Query, signal: AbortSignal): Promise<{ readonly by: string; readonly results: Found[] }> {
    const ends = readyEnds(await this.#settings(), this.#env, query);
    let failure: AppError | undefined;
    for (const end of ends) {
      try {
        return { by: end.name, results: await searchBy(end, query.count, this.#clock, signal) };
      } catch (cause) {
        signal.throwIfAborted();
        if (!(cause instanceof AppError)) throw cause;
        failure ??= cause;
      }
    }
    throw failure ?? noBackEnd();
  }
}

async function searchBy(
  { name, url, init, list, fields }: Ready,
  count: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Found[]> {
  const bounds = { bytesMax: SEARCH_BYTES_MAX, timeoutMs: SEARCH_MS, clock, signal };
  const { status, value, retryAfterMs } = await boundedJson(name, url, init, bounds);
  if (status >= 400) throw refused(name, status, retryAfterMs);
  let found: unknown = value;
  for (const key of list) found = isRecord(found) ? found[key] : undefined;
  if (!Array.isArray(found)) {
    throw new AppError("unavailable", `${name} answered what nobody understands`, {
      hint: "Try again, or another one.",
    });
  }
  return found.flatMap((one) => foundIn(one, fields)).slice(0, count);
}

function foundIn(one: unknown, { title, snippet, published }: Ready["fields"]): Found[] {
  if (!isRecord(one)) return [];
  const url = textIn(one, "url");
  if (!URL.canParse(url) || !/^https?:/.test(url)) return [];
  const when = textIn(one, published);
  return [
    {
      url,
      title: clip(textIn(one, title) || url, SEARCH_SNIPPET_CHARS_MAX),
      snippet: clip(textIn(one, snippet), SEARCH_SNIPPET_CHARS_MAX),
      ...(when === "" ? {} : { published: when }),
    },
  ];
}

/** Of the results of others, without their marks. */
function textIn(one: Readonly<Record<string, unknown>>, key: string): string {
  const value = one[key];
  const text = Array.isArray(value) ? value.filter((part) => typeof part === "string").join(" … ") : value;
  return typeof text === "string" ? printable(text.replace(/<\/?(strong|b|em)>/g, "")).trim() : "";
}

function readyEnds({ tavily, brave, exa, searxng }: SearchSettings, env: Env, query: Query): Ready[] {
  const ends = [
    searxng && searxngEnd(searxng.url, query),
    withKey(tavily, env["TAVILY_API_KEY"], (key, url) => tavilyEnd(key, url, query)),
    withKey(brave, env["BRAVE_API_KEY"] ?? env["BRAVE_SEARCH_API_KEY"], (key, url) => braveEnd(key, url, query)),
    withKey(exa, env["EXA_API_KEY"], (key, url) => exaEnd(key, url, query)),
  ];
  return ends.filter((end) => end !== undefined);
}

function withKey(
  access: Access | undefined,
  fromEnv: string | undefined,
  make: (key: string, url: string | undefined) => Ready,
): Ready | undefined {
  const key = access?.key ?? fromEnv;
  return key === undefined || key === "" ? undefined : make(key, access?.url);
}

const json = { "content-type": "application/json", accept: "application/json" };

function tavilyEnd(key: string, url = "https://api.tavily.com", { query, count, topic }: Query): Ready {
  const body = JSON.stringify({ query, max_results: count, topic });
  return {
    name: "tavily",
    url: `${bare(url)}/search`,
    init: { method: "POST", headers: { ...json, authorization: `Bearer ${key}` }, body },
    list: ["results"],
    fields: { title: "title", snippet: "content", published: "published_date" },
  };
}

function braveEnd(key: string, url = "https://api.search.brave.com", { query, count, topic }: Query): Ready {
  const kind = topic === "news" ? "news" : "web";
  const asked = new URLSearchParams({ q: query, count: String(count) });
  return {
    name: "brave",
    url: `${bare(url)}/res/v1/${kind}/search?${asked}`,
    init: { headers: { accept: "application/json", "x-subscription-token": key } },
    list: topic === "news" ? ["results"] : ["web", "results"],
    fields: { title: "title", snippet: "description", published: "page_age" },
  };
}

function exaEnd(key: string, url = "https://api.exa.ai", { query, count, topic }: Query): Ready {
  const category = topic === "news" ? { category: "news" } : {};
  const body = JSON.stringify({ query, numResults: count, contents: { highlights: true }, ...category });
  return {
    name: "exa",
    url: `${bare(url)}/search`,
    init: { method: "POST", headers: { ...json, "x-api-key": key }, body },
    list: ["results"],
    fields: { title: "title", snippet: "highlights", published: "publishedDate" },
  };
}

function searxngEnd(url: string, { query, topic }: Query): Ready {
  const asked = new URLSearchParams({ q: query, format: "json", categories: topic });
  return {
    name: "searxng",
    url: `${bare(url)}/search?${asked}`,
    init: { headers: { accept: "application/json" } },
    list: ["results"],
    fields: { title: "title", snippet: "content", published: "publishedDate" },
  };
}

function bare(url: string): string {
  return url.replace(/\/+$/, "");
}

function refused(name: string, status: number, retryAfterMs: number | undefined): AppError {
  const code = status === 401 || status === 403 ? "unauthorized" : status === 429 ? "rate_limited" : "unavailable";
  return new AppError(code, `${name} answered ${status}`, {
    hint: code === "unauthorized" ? `Look at the key of ${name}.` : "Try again later.",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function noBackEnd(): AppError {
  return new AppError("unauthorized", "cannot search the web: no search is set up", {
    hint: "Set TAVILY_API_KEY, BRAVE_API_KEY or EXA_API_KEY, or search.searxng.url in models.yaml. Pages whose address is known can be read all the same.",
  });
}
