import { serveWeb } from "./web.ts";

/** A provider on loopback that says what it is given, event by event, and keeps what it was asked. */
export interface Wire extends Disposable {
  readonly url: string;
  readonly asked: Record<string, unknown>[];
}

export function wireOf(events: readonly object[]): Wire {
  const asked: Record<string, unknown>[] = [];
  const server = serveWeb(async (request) => {
    asked.push((await request.json()) as Record<string, unknown>);
    const text = events.map((event) => `${nameOf(event)}data: ${JSON.stringify(event)}\n\n`).join("");
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  });
  return { url: server.url, asked, [Symbol.dispose]: () => server[Symbol.dispose]() };
}

/** Some packages look at the name of an event, where it has one. */
function nameOf(event: object): string {
  return "type" in event ? `event: ${event.type}\n` : "";
}
