import { expect, test } from "bun:test";
import { AgentName } from "../../../src/base/agent.ts";
import { AGENT_CHARS_MAX } from "../../../src/base/limits.ts";

test.each(["build-bot", "Ada Lovelace", "助手", "x".repeat(AGENT_CHARS_MAX), " padded "])(
  "AgentName takes %p",
  (name) => {
    expect(AgentName.parse(name)).toBe(name.trim());
  },
);

test.each(["", "   ", "two\nlines", "bell\u0007", "turned\u202e", "zero\u200bwidth", "x".repeat(AGENT_CHARS_MAX + 1)])(
  "AgentName refuses %p",
  (name) => {
    expect(AgentName.safeParse(name).success).toBe(false);
  },
);
