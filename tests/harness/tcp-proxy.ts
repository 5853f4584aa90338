import { connect, createServer, type Server, type Socket } from "node:net";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** As if the server were killed: every connection ends, and nobody listens any more. */
  cut(): Promise<void>;
  /** Connections end, and new ones are taken. */
  shake(): void;
  mend(): Promise<void>;
}

/** Stands before a server, so that a test can take it away without touching it. */
export async function tcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((near) => {
        const far = connect(target.port, target.host);
        keep(near);
        keep(far);
        near.pipe(far).pipe(near);
        near.on("close", () => far.destroy());
        far.on("close", () => near.destroy());
      });
      server.on("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  let server: Server | undefined = await listen(0);
  const { port } = server.address() as { port: number };
  const shake = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = async () => {
    const closed = server && new Promise((resolve) => server?.close(resolve));
    server = undefined;
    shake();
    await closed;
  };
  return {
    port,
    cut,
    shake,
    mend: async () => {
      server ??= await listen(port);
    },
    [Symbol.asyncDispose]: cut,
  };
}
