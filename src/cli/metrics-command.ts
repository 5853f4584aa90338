import { deadline } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { askNeighbour } from "../config/neighbour.ts";
import { askingToken } from "../config/token.ts";
import type { Command } from "./command.ts";

const ANSWER_MS_MAX = 5_000;

/** The numbers live in the process that counted them: the server is asked for its own. */
export const metricsCommand: Command = {
  words: ["metrics"],
  summary: "What the server of cadre --http has counted; --port says which.",
  run: async ({ config, runtime }) => {
    const { host, port, base_path: basePath } = config.settings;
    const url = `http://${host}:${port}${basePath}/stats`;
    const headers = await credentials(
      `http://${host}:${port}${basePath}`,
      port,
      askingToken(runtime.host.env, config.folders.data),
    );
    const response = await fetch(url, { headers, signal: deadline(ANSWER_MS_MAX) }).catch((cause: unknown) => {
      throw new AppError("unavailable", `cannot read the metrics: nothing answers at ${url}`, {
        hint: "Start the server with cadre --http, or name its port with --port.",
        cause,
      });
    });
    const stats: unknown = await response.json().catch(() => undefined);
    if (response.ok && isRecord(stats)) return { metrics: rows(stats) };
    throw new AppError("unavailable", `cannot read the metrics: ${url} answered ${response.status}`, {
      hint: "See whether a cadre listens there, and whether the setting metrics is on.",
    });
  },
};

/** The token is not for whoever happens to listen there: only for a cadre that knows it already. */
async function credentials(origin: string, port: number, token: string): Promise<Record<string, string>> {
  const neighbour = await askNeighbour(origin, { token, port });
  return neighbour?.isOurs ? { authorization: `Bearer ${token}` } : {};
}

/** One row a series, whatever its kind. */
function rows(stats: Record<string, unknown>): Record<string, unknown>[] {
  return Object.entries(stats).flatMap(([metric, value]) => {
    if (!isRecord(value)) return [{ metric, labels: "", value }];
    return Object.entries(value).map(([labels, series]) => ({
      metric,
      labels,
      ...(isRecord(series) ? { value: series["count"], seconds: series["seconds"] } : { value: series }),
    }));
  });
}
