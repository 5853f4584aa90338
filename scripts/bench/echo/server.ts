import { Server } from "@modelcontextprotocol/server";

const TOOL = {
  name: "echo",
  description: "Says what it was told.",
  inputSchema: { type: "object" as const, properties: { text: { type: "string" } }, required: ["text"] },
};

/** The rival: one tool on the official SDK alone, which checks and keeps nothing; `before` comes before each answer. */
export function echoServer(before: () => void = () => {}): Server {
  const server = new Server({ name: "echo", version: "0" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => ({ tools: [TOOL] }));
  server.setRequestHandler("tools/call", ({ params }) => {
    before();
    return { content: [{ type: "text", text: JSON.stringify({ text: params.arguments?.["text"] }) }] };
  });
  return server;
}
