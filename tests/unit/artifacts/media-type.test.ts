import { expect, test } from "bun:test";
import { endingOf, isText } from "../../../src/artifacts/media-type.ts";

test.each([
  ["text/markdown", "md", true],
  ["text/markdown; charset=utf-8", "md", true],
  ["TEXT/PLAIN", "txt", true],
  ["text/x-python", "md", true],
  ["application/json", "json", true],
  ["application/vnd.api+json", "md", true],
  ["image/svg+xml", "svg", true],
  ["application/x-sh", "md", true],
  ["image/png", "png", false],
  ["application/octet-stream", "bin", false],
  ["application/x-msdownload", "bin", false],
  ["constructor", "bin", false],
  ["", "bin", false],
])("%s is written with the ending %s; it is text: %p", (mime, ending, text) => {
  expect([endingOf(mime), isText(mime)]).toEqual([ending, text]);
});
