import { afterAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { PAGE_BYTES_MAX } from "../../../src/base/limits.ts";
import { AllowedNetworks } from "../../../src/net/allowed-networks.ts";
import { Citations, findPassage } from "../../../src/web/citations.ts";
import { Pages } from "../../../src/web/pages.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";
import { serveWeb } from "../../harness/web.ts";

const asked: string[] = [];
const html = { "content-type": "text/html; charset=utf-8" };
const server = serveWeb((request) => {
  const { pathname } = new URL(request.url);
  asked.push(pathname);
  switch (pathname) {
    case "/robots.txt":
      return new Response("User-agent: *\nDisallow: /private");
    case "/packed":
      return new Response(gzipSync("<p>small on the way, large here</p>"), {
        headers: { ...html, "content-encoding": "gzip" },
      });
    case "/bomb":
      return new Response(gzipSync(Buffer.alloc(PAGE_BYTES_MAX * 3, "a")), {
        headers: { "content-type": "text/plain", "content-encoding": "gzip" },
      });
    case "/inside":
      return Response.redirect("http://169.254.169.254/latest/meta-data/", 302);
    case "/round":
      return new Response(null, { status: 302, headers: { location: "/round" } });
    case "/moved":
      return new Response(null, { status: 301, headers: { location: "/page" } });
    case "/latin":
      return new Response(Buffer.from("<p>caf\xe9</p>", "latin1"), {
        headers: { "content-type": "text/html; charset=iso-8859-1" },
      });
    case "/picture":
      return new Response("x", { headers: { "content-type": "image/png" } });
    case "/gone":
      return new Response("", { status: 404 });
    default:
      return new Response(
        "<title>A page</title><p>The quick brown fox jumps over the lazy dog, and then it rests.</p>",
        { headers: html },
      );
  }
});
afterAll(() => server.stop());

const at = (path: string) => `${server.url}${path}`;
const never = new AbortController().signal;
const pages = () => new Pages({ ...fakeClock(), after: () => () => {} }, new AllowedNetworks(["127.0.0.1"]));

describe("a page", () => {
  test("is read once in a while, as text, and where it was found in the end", async () => {
    const reader = pages();
    asked.length = 0;

    const page = await reader.read(at("/moved"), never);
    await reader.read(at("/moved"), never);

    expect(page).toMatchObject({ url: at("/page"), title: "A page", isCut: false });
    expect(asked).toEqual(["/robots.txt", "/moved", "/page"]);
  });

  test("may be packed, in another alphabet, and larger than what is read of one", async () => {
    const reader = pages();

    expect((await reader.read(at("/packed"), never)).text).toBe("small on the way, large here");
    expect((await reader.read(at("/latin"), never)).text).toBe("café");
    const bomb = await reader.read(at("/bomb"), never);
    expect({ size: bomb.text.length, isCut: bomb.isCut }).toEqual({ size: PAGE_BYTES_MAX, isCut: true });
  });

  test.each([
    ["/inside", "invalid_input", "leads inside"],
    ["/round", "unavailable", "leads on more than 5 times"],
    ["/private/x", "forbidden", "asks programs not to read"],
    ["/picture", "unsupported_media", "image/png"],
    ["/gone", "not_found", "404"],
  ])("%s is refused: %s", async (path, code, says) => {
    const refusal = await refusalOf(() => pages().read(at(path), never));

    expect({ code: refusal.code, says: refusal.message }).toEqual({
      code: code as never,
      says: expect.stringContaining(says),
    });
  });

  test.each([
    "http://127.0.0.1:1/",
    "http://[::1]/",
    "http://localhost/",
    "http://10.0.0.1/",
    "ftp://example.com/",
    "http://u:p@example.com/",
    "no address",
  ])("%s is refused where nobody has allowed it", async (address) => {
    const closed = new Pages(fakeClock(), new AllowedNetworks([]));

    const refusal = await refusalOf(() => closed.read(address, never));

    expect(["invalid_input", "unavailable"]).toContain(refusal.code);
  });
});

describe("a citation", () => {
  test("is verified where its passage stands, similar where it nearly does, and unverified elsewhere", async () => {
    const quotes = [
      "quick brown fox jumps over the lazy dog",
      "The quick, brown fox jumped over the lazy dog and then it rests",
      "Foxes are known to be lazy animals that never jump over dogs",
    ];
    const citations = new Citations(pages());

    const checked = await citations.check(
      [...quotes.map((quote) => ({ url: at("/page"), quote })), { url: at("/gone"), quote: "x" }],
      never,
    );

    expect(checked.map(({ status }) => status)).toEqual(["verified", "similar", "unverified", "unverified"]);
    expect(checked[1]?.found).toBe("the quick brown fox jumps over the lazy dog and then it rests");
    expect(checked[3]?.problem).toContain("404");
  });

  test("is found whatever marks stand between its words", () => {
    expect(findPassage("“Pears — green ones”", "All pears [green](https://x.example/y) ones are sweet").likeness).toBe(
      1,
    );
    expect(findPassage("pears", "").likeness).toBe(0);
    expect(findPassage("", "pears").likeness).toBe(0);
  });
});
