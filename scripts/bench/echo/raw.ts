// The floor: answers over stdio without SDK, schemas or storage. No server can start faster on this runtime.
const out = Bun.stdout.writer();
const decoder = new TextDecoder();
let unread = "";
for await (const chunk of Bun.stdin.stream()) {
  const lines = (unread + decoder.decode(chunk, { stream: true })).split("\n");
  unread = lines.pop() ?? "";
  for (const line of lines) {
    const { id, params } = JSON.parse(line);
    if (id === undefined) continue;
    const result = {
      protocolVersion: params?.protocolVersion,
      capabilities: {},
      serverInfo: { name: "raw", version: "0" },
    };
    out.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
  }
  await out.flush();
}

// Top-level await needs a module.
export {};
