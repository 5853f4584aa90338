import { expect, test } from "bun:test";
import { networkFileSystem } from "../../../src/store/network-file-system.ts";

const MOUNTS = [
  "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
  "30 22 0:30 / /mnt/team rw - nfs4 server:/team rw",
  "31 22 0:31 / /mnt/team/local rw - ext4 /dev/vdb rw",
  "32 22 0:32 / /mnt/my\\040share rw - cifs //server/share rw",
  "33 22 0:33 / /mnt/c rw - 9p drvfs rw",
  "34 22 0:34 / /mnt/s3 rw - fuse.s3fs s3fs rw",
  "35 22 0:35 / /mnt/ntfs rw - fuse.ntfs-3g /dev/vdc rw",
  "garbage",
].join("\n");

test.each([
  ["/home/me/cadre.db", undefined],
  ["/mnt/team/cadre.db", "nfs4"],
  ["/mnt/team", "nfs4"],
  ["/mnt/teamwork/cadre.db", undefined],
  ["/mnt/team/local/cadre.db", undefined],
  ["/mnt/my share/cadre.db", "cifs"],
  ["/mnt/c/cadre.db", "9p"],
  ["/mnt/s3/a/b/cadre.db", "fuse.s3fs"],
  ["/mnt/ntfs/cadre.db", undefined],
  ["\\\\server\\share\\cadre.db", "network share"],
  ["\\\\wsl$\\Debian\\home\\cadre.db", undefined],
])("networkFileSystem(%p) is %p", (path, kind) => {
  expect(networkFileSystem(path, MOUNTS)).toBe(kind);
});

test("networkFileSystem() of a system that tells no mounts is unknown", () => {
  expect(networkFileSystem("/home/me/cadre.db", "")).toBeUndefined();
});
