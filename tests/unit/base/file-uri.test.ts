import { expect, test } from "bun:test";
import { pathOfFileUri } from "../../../src/base/file-uri.ts";
import { FILE_URI_CHARS_MAX } from "../../../src/base/limits.ts";

test.each([
  ["a plain path", "file:///home/me/app", "/home/me/app"],
  ["what was encoded", "file:///home/jos%C3%A9/my%20app", "/home/josé/my app"],
  ["what should have been encoded", "file:///home/josé/my app", "/home/josé/my app"],
  ["a drive of Windows", "file:///C:/Users/me", "C:/Users/me"],
  ["a drive as VS Code writes it", "file:///c%3A/Users/me", "c:/Users/me"],
  ["a share of Windows", "file://server/share/app", "\\\\server\\share\\app"],
  ["a folder of WSL", "file://wsl.localhost/Debian/home/me", "\\\\wsl.localhost\\Debian\\home\\me"],
  ["this host by its name", "file://localhost/home/me", "/home/me"],
  ["the scheme in capitals", "FILE:///home/me", "/home/me"],
  ["a folder whose name begins like a drive", "file:///c:x/y", "/c:x/y"],
])("pathOfFileUri() reads %s", (_what, uri, path) => {
  expect(pathOfFileUri(uri)).toBe(path);
});

test.each([
  ["another scheme", "https://example.com/home/me"],
  ["a path without a scheme", "/home/me"],
  ["a scheme without slashes", "file:home/me"],
  ["nothing", ""],
  ["a query, which may be half of a name", "file:///home/me/what?/app"],
  ["a fragment, which may be half of a name", "file:///home/me/c#/app"],
  ["a slash that is none", "file:///home/me%2F..%2Fyou"],
  ["a backslash that would become a slash", "file:///c:/x%5C..%5Cy"],
  ["NUL", "file:///home/me%00/app"],
  ["bytes that are no UTF-8", "file:///home/jos%E9"],
  ["a percent sign that encodes nothing", "file:///home/100%/app"],
  ["a host that is none", "file://a b/c"],
  ["more than a path can be", `file:///${"x".repeat(FILE_URI_CHARS_MAX)}`],
])("pathOfFileUri() knows no path for %s", (_what, uri) => {
  expect(pathOfFileUri(uri)).toBeUndefined();
});
