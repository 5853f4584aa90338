import { expect, test } from "bun:test";
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from "../../../src/base/errors.ts";

const CODES = Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][];

test.each(CODES)("%s has an HTTP status, an exit code and a retry rule", (code, row) => {
  const error = new AppError(code, "cannot do it: the test says so", { hint: "Do something else." });

  expect({ http: error.http, exit: error.exit, retry: error.toJSON().retry }).toEqual(row);
  expect(row.http).toBeWithin(400, 600);
  expect(row.exit).toBeWithin(1, 256);
});

test("AppError shows code, message, hint and fields; its cause stays inside", () => {
  const error = new AppError("rate_limited", "cannot call: too many calls", {
    hint: "Wait a second.",
    retryAfterMs: 1_000,
    fields: [{ path: "title", message: "too long" }],
    cause: new Error("inner"),
  });

  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: "rate_limited",
    message: "cannot call: too many calls",
    hint: "Wait a second.",
    retry: true,
    retry_after_ms: 1_000,
    fields: [{ path: "title", message: "too long" }],
  });
});

test("toAppError() passes an AppError on as it is", () => {
  const error = new AppError("conflict", "no", { hint: "Nothing." });

  expect(toAppError(error)).toBe(error);
});

test("toAppError() takes an abort for a cancelled call", () => {
  expect(toAppError(AbortSignal.abort().reason).code).toBe("cancelled");
});

test.each([new Error("/home/me/secret"), "text", undefined, null, { errno: 5 }])(
  "toAppError() of something unknown (%#) says nothing of what an unknown failure says",
  (thrown) => {
    const error = toAppError(thrown);

    expect(error.toJSON()).toEqual({
      code: "internal",
      message: "unexpected failure",
      hint: expect.stringContaining("request id"),
      retry: false,
    });
  },
);
