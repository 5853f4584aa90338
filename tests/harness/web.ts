// A web server on loopback, on whichever runtime the test runs.
type Answer = (request: Request) => Response | Promise<Response>;

export interface WebServer extends Disposable {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

interface DenoHttp {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen(): void },
    answer: Answer,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void> };
}

export function serveWeb(answer: Answer): WebServer {
  const { Deno: deno } = globalThis as { readonly Deno?: DenoHttp };
  const { port, stop } = deno ? onDeno(deno, answer) : onBun(answer);
  return { port, url: `http://127.0.0.1:${port}`, stop, [Symbol.dispose]: () => void stop() };
}

function onBun(fetch: Answer) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 60, fetch });
  return { port: server.port ?? 0, stop: () => server.stop(true) };
}

function onDeno({ serve }: DenoHttp, answer: Answer) {
  const end = new AbortController();
  const server = serve({ hostname: "127.0.0.1", port: 0, signal: end.signal, onListen: () => {} }, answer);
  const stop = () => {
    end.abort();
    return server.finished;
  };
  return { port: server.addr.port, stop };
}
