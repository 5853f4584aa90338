import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HttpProgram } from "../http-peer.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";

const AGENTS = 50;
const TOKENS_PER_SECOND = 100;
const TOKENS = 800;
const CORE_TICKS = 100;
const SETTLE_MS = 1_500;
const WATCH_MS = 5_000;
const CANCEL_WAIT_MS = 5_000;

const WORKFLOW = `name: Many
description: Has many agents write at once
steps:
  - id: all
    map:
      over: "\${Array.from({ length: ${AGENTS} }, (_one, at) => at)}"
      concurrency: ${AGENTS}
      steps:
        - id: one
          timeout: 10m
          agent: { prompt: "Agent \${item} writes.", model: "ollama:bench" }
`;

/** Many agents that are answered at once, one of whose readers looks on. */
export async function agents(bench: Bench): Promise<Row[]> {
  const path = await bench.program("cadre");
  const place = bench.place();
  using models = new Models();
  mkdirSync(join(place.home, "workflows"), { recursive: true });
  writeFileSync(join(place.home, "workflows", "many.yaml"), WORKFLOW);
  writeFileSync(join(place.home, "models.yaml"), `providers: { ollama: { url: "${models.url}" } }\n`);
  await using server = await HttpProgram.start({ path, args: ["--http", "0", "--open"], ...place });
  const id = await start(server.origin);
  const late: number[] = [];
  const stop = new AbortController();
  const reading = read(`${server.origin}/v1/events?run=${id}&deltas=1`, late, stop.signal);
  await Bun.sleep(SETTLE_MS);
  late.length = 0;
  const before = ticksOf(server.pid);
  const began = performance.now();
  await Bun.sleep(WATCH_MS);
  const cores = (ticksOf(server.pid) - before) / CORE_TICKS / ((performance.now() - began) / 1_000);
  const seen = late.toSorted((a, b) => a - b);
  const cancelled = await cancel(server.origin, id, models);
  stop.abort();
  await reading;
  const note = `${AGENTS} agents, ${TOKENS_PER_SECOND} tokens a second each, over ${WATCH_MS / 1_000} s; the models and the reader run on the same processors.`;
  return [
    {
      figure: `${AGENTS} agents being answered: of one core`,
      unit: "%",
      ours: cores * 100,
      target: { of: "ours", kind: "at most", bound: 30 },
      note: `${note} ${seen.length} pieces were heard.`,
    },
    {
      figure: "a model's word to a reader's ear, p99",
      unit: "ms",
      ours: seen[Math.floor(seen.length * 0.99)] ?? Number.NaN,
      target: { of: "ours", kind: "at most", bound: 50 },
      note: `p50 ${(seen[Math.floor(seen.length / 2)] ?? Number.NaN).toFixed(1)} ms. From the moment at which the provider writes it.`,
    },
    {
      figure: `cancel: the last of ${AGENTS} requests is let go`,
      unit: "ms",
      ours: cancelled,
      target: { of: "ours", kind: "at most", bound: 1_000 },
    },
  ];
}

async function start(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/v1/run/start`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ workflow: "many", wait: "0s" }),
  });
  const { id } = (await answer.json()) as { id?: string };
  if (!id) throw new Error(`the run was not started: ${answer.status}`);
  return id;
}

async function cancel(origin: string, id: string, models: Models): Promise<number> {
  const began = performance.now();
  await fetch(`${origin}/v1/run/cancel`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id }),
  });
  while (models.open > 0 && performance.now() - began < CANCEL_WAIT_MS) await Bun.sleep(1);
  return performance.now() - began;
}

/** Each word says when it was written. */
async function read(url: string, late: number[], signal: AbortSignal): Promise<void> {
  try {
    const { body } = await fetch(url, { signal });
    const decoder = new TextDecoder();
    for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
      const now = performance.now();
      for (const [, at] of decoder.decode(bytes, { stream: true }).matchAll(/t([\d.]{4,}) /g))
        late.push(now - Number(at));
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Speaks as OpenAI's chat does, a token at a time. */
class Models {
  readonly #server: ReturnType<typeof Bun.serve>;
  open = 0;

  constructor() {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/v1`;
  }

  #answer(request: Request): Response {
    this.open++;
    let timer: ReturnType<typeof setInterval> | undefined;
    let said = 0;
    const end = () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      this.open--;
    };
    request.signal.addEventListener("abort", end);
    const body = new ReadableStream<string>({
      start: (out) => {
        timer = setInterval(() => {
          if (said++ < TOKENS) return out.enqueue(chunk({ content: `t${performance.now().toFixed(2)} ` }, null));
          out.enqueue(`${chunk({}, "stop")}data: [DONE]\n\n`);
          out.close();
          end();
        }, 1_000 / TOKENS_PER_SECOND);
      },
      cancel: end,
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

function chunk(delta: object, finish_reason: string | null): string {
  const choice = { index: 0, delta, finish_reason };
  return `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 0, model: "bench", choices: [choice] })}\n\n`;
}
