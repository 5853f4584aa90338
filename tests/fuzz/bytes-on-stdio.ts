// What is no MCP on stdin: random bytes, cut lines, JSON-RPC of the wrong shape. Every line that comes back is
// JSON-RPC, and the next request is answered.
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../harness/random.ts";
import { type Program, Stage } from "./child.ts";
import { type Face, RSS_BYTES_MAX } from "./face.ts";
import { StdioClient } from "./stdio-client.ts";
import { anything, hostileText, KEYS, toJsonText } from "./values.ts";

const encoder = new TextEncoder();
const BURST = 10_000;

export async function stdioBytesFace(program: Program): Promise<Face> {
  const stage = new Stage();
  let client = new StdioClient(program, stage, false);
  await client.open();
  let rounds = 0;
  return {
    name: "stdio-bytes",
    round: async (random, tell) => {
      // Now and then a new connection begins with garbage, before anybody has said hello.
      if (++rounds % 40 === 0) {
        await client.child.close();
        client.check();
        client = new StdioClient(program, stage, false);
        await client.child.write(bytesOf(random, client));
        await client.child.write("\n");
        await client.open();
      }
      const bytes = bytesOf(random, client);
      tell(Buffer.from(bytes).toString("base64"));
      await writeInPieces(random, client, bytes);
      // Whatever it was, it ends here: the next line is read as what it is.
      await client.child.write("\n");
      await client.request("ping");
    },
    check: async () => {
      await client.request("ping");
      client.check();
      client.child.checkHealth(RSS_BYTES_MAX);
    },
    close: async () => {
      await client.child.close();
      client.check();
      stage[Symbol.dispose]();
    },
  };
}

async function writeInPieces(random: Random, client: StdioClient, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (bytes.length > 4_000 || random.isTrue(0.5)) return client.child.write(bytes);
  for (const piece of random.pieces(bytes, Math.max(1, Math.ceil(bytes.length / 8)))) {
    await client.child.write(piece);
    if (random.isTrue(0.3)) await pause(1);
  }
}

function bytesOf(random: Random, client: StdioClient): Uint8Array<ArrayBuffer> {
  if (random.isTrue(0.005)) return encoder.encode(`"${"x".repeat(17 * 1024 * 1024)}"`);
  if (random.isTrue(0.005)) return encoder.encode(pings(client, BURST));
  const text = lineOf(random);
  switch (random.int(0, 7)) {
    case 0:
      return random.bytes(random.int(1, 2_000));
    case 1:
      return flipped(random, encoder.encode(text));
    case 2:
      return encoder.encode(text.slice(0, random.int(0, text.length)));
    case 3:
      return Uint8Array.from([0xef, 0xbb, 0xbf, ...encoder.encode(text.slice(0, 10_000))]);
    case 4:
      return encoder.encode(`${text}\r`);
    case 5:
      return encoder.encode(
        Array.from({ length: random.int(2, 20) }, () => lineOf(random)).join(random.pick(["\n", "\r\n", "\n\n"])),
      );
    default:
      return encoder.encode(text);
  }
}

function flipped(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let left = random.int(1, 5); left > 0 && bytes.length > 0; left--) {
    bytes[random.int(0, bytes.length - 1)] = random.pick([0x00, 0x0a, 0x22, 0x5c, 0x7b, 0x80, 0xc0, 0xed, 0xff]);
  }
  return bytes;
}

function pings(client: StdioClient, count: number): string {
  return Array.from({ length: count }, () => `{"jsonrpc":"2.0","id":${client.nextId()},"method":"ping"}`).join("\n");
}

/** One line of JSON-RPC, with something wrong about it. Its ids may be answered or not. */
function lineOf(random: Random): string {
  const id = random.int(900_000, 900_020);
  const other = toJsonText(anything(random));
  const text = JSON.stringify(hostileText(random));
  return random.pick([
    `{"jsonrpc":"2.0","id":${id},"method":"ping"}`,
    `{"jsonrpc":"2.0","id":"${id}","method":"tools/list","params":{}}`,
    `{"jsonrpc":"2.0","id":${other},"method":"ping"}`,
    `{"jsonrpc":"2.0","id":${text},"method":"ping"}`,
    `{"jsonrpc":"2.0","id":null,"method":"ping"}`,
    `{"jsonrpc":"2.0","id":${id}.5,"method":"ping"}`,
    `{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`,
    `{"jsonrpc":"2.0","id":[${id}],"method":"ping"}`,
    `{"jsonrpc":"2.0","id":${id},"method":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"method":5}`,
    `{"jsonrpc":"2.0","id":${id},"method":"ping","params":[1,2]}`,
    `{"jsonrpc":"2.0","id":${id},"method":"ping","params":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"method":"ping",${JSON.stringify(random.pick(KEYS))}:${other}}`,
    `{"jsonrpc":"2.0","id":${id},"result":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"error":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":${text}}}`,
    `{"jsonrpc":"2.0","result":{}}`,
    `{"jsonrpc":"2.0","id":${id},"method":"ping","result":{}}`,
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${random.pick([String(id), other])}}}`,
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${other},"progress":1}}`,
    `{"jsonrpc":"2.0","method":${text},"params":${other}}`,
    `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
    `{"jsonrpc":"2.0","id":${id},"method":"initialize","params":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"method":"server/discover","params":${other}}`,
    `{"jsonrpc":"2.0","id":${id},"method":"subscriptions/listen","params":{"notifications":${other}}}`,
    `{"jsonrpc":"1.0","id":${id},"method":"ping"}`,
    `{"id":${id},"method":"ping"}`,
    `[{"jsonrpc":"2.0","id":${id},"method":"ping"},{"jsonrpc":"2.0","id":${id},"method":"ping"}]`,
    "[]",
    "{}",
    "null",
    "0",
    `{"jsonrpc":"2.0","id":${id},"id":${id},"method":"ping","method":"tools/list"}`,
    `{"jsonrpc":"2.0","id":${id},"method":"ping"}{"jsonrpc":"2.0","id":${id},"method":"ping"}`,
    `Content-Length: 40\r\n\r\n{"jsonrpc":"2.0","id":${id},"method":"ping"}`,
    other,
    text,
  ]);
}
