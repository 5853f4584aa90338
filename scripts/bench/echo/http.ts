import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { echoServer } from "./server.ts";

const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: async (request) => {
    const known = sessions.get(request.headers.get("mcp-session-id") ?? "");
    if (known) return known.handleRequest(request);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
    });
    await echoServer().connect(transport);
    return transport.handleRequest(request);
  },
});
await Bun.stdout.write(`MCP endpoint http://127.0.0.1:${server.port}/mcp\n`);
