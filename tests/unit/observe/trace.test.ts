import { expect, test } from "bun:test";
import { continueTrace, formatTrace, nextRequestId, requestIdOf } from "../../../src/observe/trace.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

test("continueTrace() keeps the caller's trace and takes a place of its own in it", () => {
  const trace = continueTrace(`00-${TRACE_ID}-00f067aa0ba902b7-01`);

  expect(trace).toEqual({ traceId: TRACE_ID, spanId: expect.stringMatching(/^[0-9a-f]{16}$/), flags: "01" });
  expect(trace.spanId).not.toBe("00f067aa0ba902b7");
  expect(formatTrace(trace)).toBe(`00-${TRACE_ID}-${trace.spanId}-01`);
});

test.each([
  null,
  "",
  "garbage",
  `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
  `00-${TRACE_ID}-00f067aa0ba902b7`,
  `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
  `00-${TRACE_ID.toUpperCase()}-00f067aa0ba902b7-01`,
])("continueTrace(%p) begins a trace of its own", (traceparent) => {
  const trace = continueTrace(traceparent);

  expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(trace.traceId).not.toBe(TRACE_ID);
});

test("requestIdOf() keeps a name that a log line can carry, and makes one otherwise", () => {
  expect(requestIdOf("client-1:a.b")).toBe("client-1:a.b");
  for (const given of [null, "", "a b", "a\nb", "x".repeat(129)])
    expect(requestIdOf(given)).toMatch(/^req_[0-9a-f]{16}$/);
  expect(nextRequestId()).not.toBe(nextRequestId());
});
