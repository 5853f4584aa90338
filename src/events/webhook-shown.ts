// Webhooks as they are shown; apart from those who tell, so that the tool table is there soon.
import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { URL_CHARS_MAX, WEBHOOK_TYPES_MAX, WORD_CHARS_MAX } from "../base/limits.ts";

const Count = z.number().int();

export const Webhook = z.object({
  id: idSchema("webhook"),
  url: z.string().max(URL_CHARS_MAX),
  types: z.array(z.string().min(1).max(WORD_CHARS_MAX)).max(WEBHOOK_TYPES_MAX),
  subject: z.string().max(WORD_CHARS_MAX).optional(),
  delivered: Count,
  waiting: Count,
  dead: Count.describe("Given up; webhook_replay tries them again."),
  rests_until_ms: Count.optional().describe("It failed again and again, and is left alone until then."),
  ended_ms: Count.optional().describe("It has answered that it is gone, and is told nothing any more."),
  created_ms: Count,
});
export type Webhook = z.infer<typeof Webhook>;

export const Delivery = z.object({
  id: idSchema("delivery"),
  type: z.string(),
  status: z.enum(["waiting", "delivered", "dead"]),
  attempt: Count,
  http_status: Count.optional(),
  problem: z.string().optional(),
  next_ms: Count.optional(),
  created_ms: Count,
});
export type Delivery = z.infer<typeof Delivery>;
