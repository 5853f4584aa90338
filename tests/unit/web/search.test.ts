import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../../src/base/clock.ts";
import { type SearchSettings, WebSearch } from "../../../src/web/search.ts";
import { refusalOf } from "../../harness/errors.ts";
import { serveWeb } from "../../harness/web.ts";

const seen: { path: string; headers: Headers; body: string }[] = [];
const found = {
  title: "A <b>pear</b>",
  url: "https://pears.example/",
  content: "green",
  description: "green",
  highlights: ["gr", "een"],
};
const server = serveWeb(async (request) => {
  const { pathname, search } = new URL(request.url);
  seen.push({ path: pathname + search, headers: request.headers, body: await request.text() });
  if (pathname.startsWith("/garbage")) return new Response("<html>busy</html>");
  if (pathname.startsWith("/endless"))
    return new Response(new ReadableStream({ pull: (out) => out.enqueue(Buffer.alloc(65_536, "a")) }));
  if (pathname.startsWith("/silent")) return new Promise<Response>(() => {});
  if (pathname.startsWith("/locked")) return new Response("", { status: 401 });
  const results = [
    found,
    { title: "no address" },
    { url: "javascript:x", title: "x" },
    { ...found, url: "https://second.example/" },
  ];
  return Response.json(pathname.includes("/web/") ? { web: { results } } : { results });
});
afterAll(() => server.stop());

const never = new AbortController().signal;
const at = (path: string) => `${server.url}${path}`;
const soon = { ...systemClock, after: (ms: number, work: () => void) => systemClock.after(Math.min(ms, 50), work) };
const searchWith = (settings: SearchSettings, clock = systemClock) => new WebSearch(async () => settings, {}, clock);
const QUERY = { query: "green pears", count: 8, topic: "general" as const };

describe.each<[string, SearchSettings, string]>([
  ["tavily", { tavily: { key: "k", url: at("/t") } }, "Bearer k"],
  ["brave", { brave: { key: "k", url: at("/b") } }, "k"],
  ["exa", { exa: { key: "k", url: at("/e") } }, "k"],
  ["searxng", { searxng: { url: at("/s/") } }, ""],
])("%s", (name, settings, key) => {
  test("answers pages, without their marks, and only what is an address", async () => {
    const { by, results } = await searchWith(settings).search(QUERY, never);

    const snippet = name === "exa" ? "gr … een" : "green";
    expect(by).toBe(name);
    expect(results).toEqual([
      { url: "https://pears.example/", title: "A pear", snippet },
      { url: "https://second.example/", title: "A pear", snippet },
    ]);
    const { headers, path, body } = seen.at(-1) ?? { headers: new Headers(), path: "", body: "" };
    const given = headers.get("authorization") ?? headers.get("x-subscription-token") ?? headers.get("x-api-key") ?? "";
    expect(given).toBe(key);
    expect(path + body).toMatch(/green.pears|green%20pears/);
  });
});

test.each([
  ["garbage", "unavailable", "what nobody understands"],
  ["endless", "too_large", "more than"],
  ["silent", "unavailable", "said nothing"],
  ["locked", "unauthorized", "401"],
])("a back end that answers %s is a failure, soon", async (path, code, says) => {
  const search = searchWith({ searxng: { url: at(`/${path}`) } }, path === "silent" ? soon : systemClock);

  const refusal = await refusalOf(() => search.search(QUERY, never));

  expect({ code: refusal.code as string, says: refusal.message }).toEqual({
    code,
    says: expect.stringContaining(says),
  });
});

test("the next back end is asked when one fails, and without any it is said what to set", async () => {
  const two = searchWith({ searxng: { url: at("/garbage") }, exa: { key: "k", url: at("/e") } });

  expect((await two.search(QUERY, never)).by).toBe("exa");
  expect((await refusalOf(() => searchWith({}).search(QUERY, never))).hint).toContain("TAVILY_API_KEY");
});
