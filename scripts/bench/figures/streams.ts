import type { Socket } from "bun";
import { HttpProgram } from "../http-peer.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { draft } from "../tasks.ts";

const EVENTS = 1_000;
const WRITERS = 32;
/** Deliveries a second that are wanted, by the number of streams. */
const WANTED: ReadonlyMap<number, number | undefined> = new Map([
  [100, 100_000],
  [1_000, 30_000],
  [10_000, undefined],
]);
const WAIT_MS_MAX = 120_000;
/** Each event has one, and a sign of life has none. */
const MARK = Buffer.from("\nevent: ");

/** Every event of a burst of writes, delivered to each of so many streams. */
export async function streams(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [streamCount, bound] of WANTED) {
    const events = streamCount > 1_000 ? EVENTS / 10 : EVENTS;
    const { rate, lost } = await deliveries(bench, streamCount, events);
    rows.push({
      figure: `events delivered to ${streamCount.toLocaleString("en")} streams`,
      unit: "/s",
      ours: rate,
      ...(bound === undefined ? {} : { target: { of: "ours" as const, kind: "at least" as const, bound } }),
      note: `${events} events, each its own commit's, by ${WRITERS} writers over HTTP; ${lost} of ${events * streamCount} lost. The readers run on the same processors.`,
    });
  }
  return rows;
}

async function deliveries(bench: Bench, count: number, events: number): Promise<{ rate: number; lost: number }> {
  const path = await bench.program("cadre");
  await using server = await HttpProgram.start({ path, args: ["--http", "0"], ...bench.place() });
  const { hostname, port } = new URL(server.origin);
  const readers = await Readers.open(hostname, Number(port), count);
  const started = performance.now();
  let made = 0;
  const lane = async () => {
    while (made < events) {
      const body = JSON.stringify({ ...draft(made++) });
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${server.origin}/v1/task/create`, { method: "POST", headers, body });
      if (!response.ok) throw new Error(`a task was not made: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, lane));
  const wanted = events * count;
  while (readers.events < wanted && performance.now() - started < WAIT_MS_MAX) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const seconds = (readers.lastMs - started) / 1_000;
  readers.close();
  return { rate: readers.events / seconds, lost: wanted - readers.events };
}

/** Bare sockets that count what each event has: an SSE client would cost more than the server that is measured. */
class Readers {
  readonly #sockets: Socket[] = [];
  #begun = 0;
  events = 0;
  lastMs = 0;

  static async open(hostname: string, port: number, count: number): Promise<Readers> {
    const readers = new Readers();
    const lane = async () => {
      while (readers.#sockets.length < count) await readers.#connect(hostname, port);
    };
    await Promise.all(Array.from({ length: WRITERS }, lane));
    while (readers.#begun < readers.#sockets.length) await new Promise((resolve) => setTimeout(resolve, 5));
    readers.events = 0;
    return readers;
  }

  async #connect(hostname: string, port: number): Promise<void> {
    let hasBegun = false;
    let tail: Uint8Array = new Uint8Array(0);
    const place = this.#sockets.length;
    this.#sockets.push(undefined as unknown as Socket);
    this.#sockets[place] = await Bun.connect({
      hostname,
      port,
      socket: {
        data: (_socket, bytes) => {
          if (!hasBegun) {
            if (!bytes.includes(": connected")) return;
            hasBegun = true;
            this.#begun++;
            return;
          }
          // A mark may come in two pieces.
          const all = Buffer.concat([tail, bytes]);
          for (let at = all.indexOf(MARK); at >= 0; at = all.indexOf(MARK, at + MARK.length)) this.events++;
          tail = all.subarray(Math.max(0, all.length - MARK.length + 1));
          this.lastMs = performance.now();
        },
      },
    });
    this.#sockets[place].write(`GET /v1/events HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}
