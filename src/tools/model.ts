// Models: who can be asked, and what has been spent.
import { z } from "zod";
import { NANO } from "../agents/prices.ts";
import { TIERS } from "../agents/provider-table.ts";
import { Duration } from "../base/duration.ts";
import { PROVIDER_CHECK_MS, TOOL_GRACE_MS, WORD_CHARS_MAX } from "../base/limits.ts";
import { COST_KEYS, type Spent } from "../store/replies.ts";
import { workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

export const providerList = defineTool({
  name: "provider_list",
  title: "List providers of models",
  summary: "Which providers of models can be asked, with which models, and what the others lack.",
  effect: "read",
  toolset: "agents",
  input: z.object({
    check: z.boolean().default(false).describe("Ask each that is ready whether it is well."),
    all: z.boolean().default(true).describe("Those that are not ready, too."),
  }),
  output: z.object({
    providers: z.array(
      z.object({
        provider: z.string(),
        ready: z.boolean(),
        lacks: z.string().optional().describe("What to set so that it can be asked."),
        models: z.partialRecord(z.enum(TIERS), z.string()),
        state: z.enum(["closed", "open", "half_open"]).describe("open: it failed again and again, and is left alone."),
        check: z.string().optional(),
      }),
    ),
    search: z.array(z.string()).describe("Where the web is searched."),
  }),
  timeLimitMs: () => PROVIDER_CHECK_MS * 2 + TOOL_GRACE_MS,
  run: async (app, { check, all }, call) => {
    const providers = await app.agents.providers(check, call.signal);
    return {
      providers: providers.filter(({ ready }) => all || ready),
      search: await app.webSearch.backEnds(),
    };
  },
});

const COST_MS = 30 * 86_400_000;

export const costReport = defineTool({
  name: "cost_report",
  title: "Report costs",
  summary: "What agents have cost, by day, model, workflow or run. Answers whose price nobody knows are counted apart.",
  effect: "read",
  toolset: "agents",
  input: z.object({
    by: z.enum(COST_KEYS).default("day"),
    since: z.string().max(WORD_CHARS_MAX).pipe(Duration).default(COST_MS).describe('Of this last time, like "7d".'),
    everywhere: z.boolean().default(false).describe("Of all projects."),
    workspace,
  }),
  output: z.object({
    rows: z.array(
      z.object({
        key: z.string(),
        usd: z.number(),
        replies: z.number(),
        input_tokens: z.number(),
        output_tokens: z.number(),
        unknown: z.number().optional().describe("Answers whose price nobody knows."),
      }),
    ),
    usd: z.number(),
    unknown: z.number(),
  }),
  positional: ["by"],
  run: async (app, { by, since, everywhere, workspace: given }, call) => {
    const found = everywhere ? undefined : await app.workspaces.find(given ?? call.workspace);
    if (!everywhere && !found) return { rows: [], usd: 0, unknown: 0 };
    const filter = { workspace_id: found?.id, since_ms: app.executions.now() - since };
    const rows = await app.agents.costs(by, filter);
    return {
      rows: rows.map(({ key, cost_nano, replies, input_tokens, output_tokens, unknown }) => ({
        key,
        usd: cost_nano / NANO,
        replies,
        input_tokens,
        output_tokens,
        ...(unknown > 0 ? { unknown } : {}),
      })),
      usd: rows.reduce((sum, row) => sum + row.cost_nano, 0) / NANO,
      unknown: rows.reduce((sum, row: Spent) => sum + row.unknown, 0),
    };
  },
});
