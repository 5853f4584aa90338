// The rival of whatever is durable before it is answered: the echo, after one block that is appended and synced.
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { echoServer } from "./server.ts";

const BLOCK = Buffer.alloc(4_096, 1);
const file = openSync("synced-blocks", "a");

serveStdio(() =>
  echoServer(() => {
    writeSync(file, BLOCK);
    fdatasyncSync(file);
  }),
);
