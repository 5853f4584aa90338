import { STREAM_UNREAD_BYTES_MAX } from "../base/limits.ts";

const FIRST = new TextEncoder().encode(": connected\n\n");

/**
 * A stream of news as its client gets it. Its head leaves at once, with a first comment: otherwise the client
 * would wait for it until something happens. And it ends when its client does not read what is there: news for
 * nobody would fill the memory. Whoever comes back is told what it missed. A refusal stays as it is.
 */
export function boundedStream(stream: Response): Response {
  const isStream = stream.headers.get("content-type")?.startsWith("text/event-stream");
  const source = isStream ? stream.body?.getReader() : undefined;
  if (!source) return stream;
  const pump = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(FIRST);
    for (;;) {
      const { value, done } = await source.read();
      if (done) return controller.close();
      if ((controller.desiredSize ?? 0) < value.byteLength) {
        await source.cancel();
        return controller.close();
      }
      controller.enqueue(value);
    }
  };
  const body = new ReadableStream<Uint8Array>(
    { start: pump, cancel: (reason) => source.cancel(reason) },
    new ByteLengthQueuingStrategy({ highWaterMark: STREAM_UNREAD_BYTES_MAX }),
  );
  return new Response(body, stream);
}
