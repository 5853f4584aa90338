import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { echoServer } from "./server.ts";

serveStdio(() => echoServer());
