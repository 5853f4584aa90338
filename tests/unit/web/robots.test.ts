import { expect, test } from "bun:test";
import { Robots } from "../../../src/web/robots.ts";

const TEXT = `# to all
User-agent: *
Disallow: /private # not this
Allow: /private/open
Disallow: /*.pdf$

User-agent: Other
User-agent: Cadre
Disallow: /only-others-may
`;

test("the longest rule decides, and the kinder one of two alike", () => {
  const robots = new Robots(TEXT, "somebody");

  expect(
    ["/", "/private", "/private/x", "/private/open/1", "/a/b.pdf", "/b.pdf?x"].map((path) => robots.allows(path)),
  ).toEqual([true, false, false, true, false, true]);
  expect(new Robots("User-agent: *\nDisallow: /a\nAllow: /a", "x").allows("/a")).toBe(true);
});

test("a group that names us counts alone", () => {
  const robots = new Robots(TEXT, "cadre");

  expect([robots.allows("/private"), robots.allows("/only-others-may")]).toEqual([true, false]);
});

test("a site that says nothing, or nothing that can be read, forbids nothing", () => {
  for (const text of ["", "<html>", "Disallow: /", "User-agent: *\nDisallow:"])
    expect(new Robots(text, "cadre").allows("/x")).toBe(true);
});
