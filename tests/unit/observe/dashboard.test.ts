import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Dashboard {
  readonly panels: { readonly title: string; readonly targets: { readonly expr: string }[] }[];
}

const read = (path: string) => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8"));

/** What is there twice, for who scrapes the names of an earlier server, is shown once. */
const OLD = /^mcp_/;

test("the dashboard shows every metric, and none that is not there", () => {
  const { panels } = read("../../../docs/grafana.json") as Dashboard;
  const promised = (read("../../golden/metrics.json") as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => !OLD.test(name));
  const shown = panels.flatMap(({ targets }) => targets).flatMap(({ expr }) => expr.match(/cadre_\w+/g) ?? []);

  expect([...new Set(shown.map((name) => name.replace(/_bucket$/, "")))].sort()).toEqual(promised.sort());
});
