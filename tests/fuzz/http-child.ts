import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Child, inTime, type Program, type Stage } from "./child.ts";
import { RSS_BYTES_MAX } from "./face.ts";
import { Violation } from "./verdict.ts";

/** A server of its own on a port that the system chose. */
export class HttpChild {
  readonly child: Child;
  readonly token: string;
  readonly port: number;

  private constructor(child: Child, token: string, port: number) {
    this.child = child;
    this.token = token;
    this.port = port;
  }

  static async start(program: Program, stage: Stage): Promise<HttpChild> {
    let found = (_port: number) => {};
    const port = new Promise<number>((resolve) => {
      found = resolve;
    });
    const child = new Child(program, ["--http", "0"], stage, (line) => {
      const [, digits] = /MCP endpoint +http:\/\/127\.0\.0\.1:(\d+)\//.exec(line) ?? [];
      if (digits) found(Number(digits));
    });
    const ended = child.ended.then(() => {
      throw new Violation(`the server did not start: ${child.stderr.slice(-2_000)}`);
    });
    const known = await inTime(Promise.race([port, ended]), () => "its welcome");
    return new HttpChild(child, readFileSync(join(stage.home, "token"), "utf8").trim(), known);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async check(): Promise<void> {
    const response = await inTime(fetch(`${this.origin}/health`), () => "/health");
    if (response.status !== 200) throw new Violation(`/health answers ${response.status}: ${await response.text()}`);
    this.child.checkHealth(RSS_BYTES_MAX);
  }
}
