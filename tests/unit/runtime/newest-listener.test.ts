import { expect, test } from "bun:test";
import { preferNewestListener } from "../../../src/runtime/newest-listener.ts";

const isLinux = process.platform === "linux";

function listen(name: string, port = 0) {
  return Bun.serve({ hostname: "127.0.0.1", port, reusePort: true, fetch: () => new Response(name) });
}

/** Who answers a hundred connections. */
async function answers(port: number): Promise<Set<string>> {
  const names = new Set<string>();
  for (let n = 0; n < 100; n++) {
    names.add(await (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text());
  }
  return names;
}

test.if(isLinux)("preferNewestListener() leads every new connection to the listener that came last", async () => {
  await using first = listen("first");
  const { port = 0 } = first;
  await using second = listen("second", port);
  const shared = await answers(port);

  const isTold = preferNewestListener(port);

  expect([isTold, shared]).toEqual([true, new Set(["first", "second"])]);
  expect(await answers(port)).toEqual(new Set(["second"]));
  await second.stop(true);
  expect(await answers(port)).toEqual(new Set(["first"]));
});

test.if(isLinux)("preferNewestListener() tells nobody when this process does not listen there", () => {
  expect(preferNewestListener(1)).toBe(false);
});
