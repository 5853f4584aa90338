import { AppError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { didYouMean } from "../../base/text.ts";
import { isOthers } from "../others-tool.ts";
import type { StepWork } from "../place.ts";
import { modifiers } from "./modifiers.ts";

/** A tool of the table. One that changes something is called once at most, unless it takes care of that itself. */
export const tool: StepWork<"tool"> = (own, place, step) => {
  const { context, parts, workspace, caller, key } = place;
  const facts = parts.tools.facts(own.name);
  const isSafe = facts !== undefined && (facts.reads || facts.isIdempotent || facts.takesIdempotencyKey);
  return context.step(
    key,
    async ({ signal, idempotencyKey, progress }) => {
      if (!facts && !isOthers(own.name)) throw noTool(own.name, parts.tools.names());
      const input = (await place.fillNow(own.input ?? {}, signal)) as Record<string, unknown>;
      if (!facts) return { text: await parts.upstream.call(own.name, input, signal) };
      const given = facts.takesIdempotencyKey ? { idempotency_key: idempotencyKey, ...input } : input;
      const call = { caller, workspace, requestId: `${context.id}/${key}`, signal, progress };
      return (await parts.tools.call(own.name, given, call)) as Json;
    },
    { ...modifiers(step), kind: "tool", atMostOnce: !isSafe, tellsStart: true },
  );
};

function noTool(name: string, names: readonly string[]): AppError {
  return new AppError("not_found", `no tool ${name} for a workflow`, {
    hint: didYouMean(name, [...names], "cadre --help lists the tools."),
  });
}
