import { expect, test } from "bun:test";
import { isPublicAddress } from "../../../src/net/public-address.ts";

test.each(["8.8.8.8", "151.101.0.223", "2606:4700::1111", "::ffff:8.8.8.8"])("%s is one of the internet", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::1",
  "fd00::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
])("%s is not", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
