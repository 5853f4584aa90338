import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";

const CHARS_PER_TOKEN = 4;

/** What the list of tools costs every conversation. */
export async function weight(bench: Bench): Promise<Row[]> {
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...bench.place() });
  await peer.greet();
  const result = (await peer.request("tools/list", {})) as { tools: { name: string }[] };
  const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / CHARS_PER_TOKEN);
  const each = result.tools.map((tool) => `${tool.name} ${tokens(tool)}`).join(", ");
  return [
    {
      figure: "tools/list, default toolsets",
      unit: "tokens",
      ours: tokens(result),
      target: { of: "ours", kind: "at most", bound: 2_500 },
      note: `Characters / ${CHARS_PER_TOKEN} of the serialised result: ${each}.`,
    },
    {
      figure: "tools in that list",
      unit: "tools",
      ours: result.tools.length,
      target: { of: "ours", kind: "at most", bound: 16 },
    },
  ];
}
