// A package index as installers see it, with wheels made on the spot.
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";

export interface PackageIndex {
  readonly url: string;
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Packages by name, version and the text of their only module. */
export async function openIndex(packages: readonly (readonly [string, string, string])[]): Promise<PackageIndex> {
  const asked: string[] = [];
  const wheels = new Map(
    packages.map(([name, version, text]) => [`${name}-${version}-py3-none-any.whl`, wheel(name, version, text)]),
  );
  const server: Server = createServer((request, answer) => {
    const path = request.url ?? "";
    asked.push(path);
    const name = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const file = wheels.get(/^\/files\/(.*)$/.exec(path)?.[1] ?? "");
    if (file) return answer.end(file);
    const own = [...wheels.keys()].filter((one) => one.startsWith(`${name}-`));
    if (own.length === 0) return answer.writeHead(404).end();
    answer.setHeader("content-type", "text/html");
    answer.end(own.map((one) => `<a href="/files/${one}">${one}</a>`).join("\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function wheel(name: string, version: string, text: string): Buffer {
  const info = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${name}.py`]: text,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  const records = Object.entries(files).map(
    ([path, content]) => `${path},sha256=${createHash("sha256").update(content).digest("base64url")},${content.length}`,
  );
  return zip({ ...files, [`${info}/RECORD`]: [...records, `${info}/RECORD,,`, ""].join("\n") });
}

/** Stored, not packed. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, content] = [Buffer.from(path), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // The version that can read it.
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    // Comment, disk, attributes, place.
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(0o100644 * 0x10000, 6);
    entry.writeUInt32LE(at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), common, entry, name);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, name, content]);
    pieces.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, entries, end]);
}
