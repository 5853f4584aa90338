import { expect, test } from "bun:test";
import { RATE_CALLERS_MAX } from "../../../src/base/limits.ts";
import { RateLimit } from "../../../src/http/rate-limit.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";
import { startServer } from "../../harness/server.ts";

async function takeMany(limit: RateLimit, caller: string, times: number): Promise<number> {
  let taken = 0;
  for (let n = 0; n < times; n++) {
    try {
      await limit.take(() => caller);
      taken++;
    } catch {
      break;
    }
  }
  return taken;
}

test("take() lets two seconds' worth through at once, then says how long to wait", async () => {
  const limit = new RateLimit(10, fakeClock());

  expect(await takeMany(limit, "a", 100)).toBe(20);
  const error = await refusalOf(() => limit.take(() => "a"));
  expect([error.code, error.retryAfterMs, error.message]).toEqual([
    "rate_limited",
    100,
    "cannot take more than 10 requests a second from one caller",
  ]);
});

test("take() fills the bucket with time, and never over its rim", async () => {
  const clock = fakeClock();
  const limit = new RateLimit(10, clock);
  await takeMany(limit, "a", 20);

  clock.advance(300);
  const afterAMoment = await takeMany(limit, "a", 100);
  clock.advance(3_600_000);
  const afterAnHour = await takeMany(limit, "a", 100);

  expect([afterAMoment, afterAnHour]).toEqual([3, 20]);
});

test("take() counts each caller by itself", async () => {
  const limit = new RateLimit(10, fakeClock());
  await takeMany(limit, "greedy", 100);

  expect(await takeMany(limit, "modest", 5)).toBe(5);
});

test("take() forgets the caller that it has not seen for the longest time, when there are too many", async () => {
  const limit = new RateLimit(1, fakeClock());
  await takeMany(limit, "first", 2);

  for (let n = 0; n < RATE_CALLERS_MAX; n++) await limit.take(() => `caller ${n}`);

  expect(await takeMany(limit, "first", 5)).toBe(2);
});

test("take() with a rate of 0 counts nobody", async () => {
  expect(await takeMany(new RateLimit(0, fakeClock()), "a", 10_000)).toBe(10_000);
});

test("take() asks the other machines, too, and not again before their time has come", async () => {
  const clock = fakeClock();
  let left = 3;
  let asked = 0;
  const together = async () => {
    asked++;
    return left-- > 0 ? 0 : 250;
  };
  const limit = new RateLimit(10, clock, together);

  const taken = await takeMany(limit, "a", 100);
  const refusal = await refusalOf(() => limit.take(() => "a"));
  const askedByThen = asked;
  clock.advance(250);
  left = 1;
  await limit.take(() => "a");

  expect([taken, refusal.retryAfterMs, askedByThen, asked]).toEqual([3, 250, 4, 5]);
});

test("take() counts by itself while the others cannot be asked", async () => {
  const limit = new RateLimit(10, fakeClock(), async () => {
    throw new Error("away");
  });

  expect(await takeMany(limit, "a", 100)).toBe(20);
});

test("over the wire: 429 with Retry-After, and served again when the time has passed", async () => {
  const clock = fakeClock();
  await using server = await startServer({ clock, settings: { rate_limit: "2" } });
  for (let n = 0; n < 4; n++) expect((await server.get("/health")).status).toBe(200);

  const refused = await server.get("/health");
  clock.advance(1_000);
  const served = await server.get("/health");

  expect([refused.status, refused.headers.get("retry-after"), refused.body.error]).toEqual([
    429,
    "1",
    expect.objectContaining({ code: "rate_limited", retry: true, retry_after_ms: 500 }),
  ]);
  expect(served.status).toBe(200);
});

test("nobody is counted on loopback unless it is asked for; elsewhere 100 a second are the bound", async () => {
  const clock = fakeClock();
  await using local = await startServer({ clock });
  await using open = await startServer({ clock, settings: { host: "0.0.0.0" } });

  const statuses = async (server: typeof local) =>
    Promise.all(Array.from({ length: 201 }, async () => (await server.get("/health")).status));

  expect(new Set(await statuses(local))).toEqual(new Set([200]));
  expect((await statuses(open)).filter((status) => status === 429)).toHaveLength(1);
});
