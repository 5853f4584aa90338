import { expect, test } from "bun:test";
import { isAllowedHost, isNamed } from "../../../../src/sandbox/network/host-rules.ts";

test.each<[string, string, number, boolean]>([
  ["pypi.org", "pypi.org", 443, true],
  ["pypi.org", "pypi.org", 80, true],
  ["pypi.org", "pypi.org", 22, false],
  ["pypi.org", "evilpypi.org", 443, false],
  ["pypi.org", "pypi.org.evil.org", 443, false],
  ["*.example.com", "a.b.example.com", 443, true],
  ["*.example.com", "example.com", 443, false],
  ["*.example.com", "badexample.com", 443, false],
  ["localhost:8080", "localhost", 8080, true],
  ["localhost:8080", "localhost", 80, false],
])("the rule %s and %s:%d", (rule, host, port, isAllowed) => {
  expect(isAllowedHost([rule], host, port)).toBe(isAllowed);
});

test("only a rule that says the very name means it", () => {
  expect(isNamed(["localhost:8080"], "localhost")).toBe(true);
  expect(isNamed(["*.local"], "a.local")).toBe(false);
});
