import type { ReplyMeter } from "../base/reply-meter.ts";
import type { Metrics } from "./metrics.ts";

/** What becomes of answers of models, as numbers. */
export function replyMeter({ repliesEnded, replyTokens, replyDollars }: Metrics): ReplyMeter {
  return {
    reply: (provider, outcome, { input, output, cost }) => {
      repliesEnded.add({ provider, outcome });
      if (input) replyTokens.add({ provider, direction: "input" }, input);
      if (output) replyTokens.add({ provider, direction: "output" }, output);
      if (cost) replyDollars.add({ provider }, cost);
    },
  };
}
