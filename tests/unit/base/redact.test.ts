import { expect, test } from "bun:test";
import { redact, redactText } from "../../../src/base/redact.ts";

test.each([
  ["Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [hidden]"],
  ["postgres://me:s3cret@host/db", "postgres://me:[hidden]@host/db"],
  [`cadre_${"0".repeat(40)} and more`, "[hidden] and more"],
  ["nothing to hide: http://host:5060/a@b", "nothing to hide: http://host:5060/a@b"],
])("redactText(%p) is %p", (text, shown) => {
  expect(redactText(text)).toBe(shown);
});

test("redact() hides what stands under a secret's name, at any depth", () => {
  const value = {
    user: "me",
    password: "x",
    api_key: "x",
    "api-key": "x",
    nested: [{ Authorization: "x", access_token: 5, cookie: { deep: 1 } }],
    token: undefined,
    secret: null,
  };

  expect(redact(value)).toEqual({
    user: "me",
    password: "[hidden]",
    api_key: "[hidden]",
    "api-key": "[hidden]",
    nested: [{ Authorization: "[hidden]", access_token: "[hidden]", cookie: "[hidden]" }],
    token: undefined,
    secret: null,
  });
});

test("redact() shows an error as one line without its secrets", () => {
  expect(redact(new TypeError("no answer from redis://:pw@host"))).toBe(
    "TypeError: no answer from redis://:[hidden]@host",
  );
});

test("redact() ends, whatever it is given", () => {
  const loop: Record<string, unknown> = { count: 1n };
  loop["self"] = loop;

  expect(JSON.stringify(redact(loop))).toContain('"count":"1"');
});
