import { AppError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { CODE_WALL_MS } from "../../base/limits.ts";
import { clip } from "../../base/text.ts";
import type { StepWork } from "../place.ts";
import { modifiers } from "./modifiers.ts";

/** With one of these a program reaches beyond its own folder, and what it did there may not be done twice. */
const REACHES_OUT = ["working_directory", "network", "write", "tools"];
const SHOWN_CHARS_MAX = 500;

/** A program in the sandbox. It fails where the program does. */
export const code: StepWork<"code"> = (own, place, step) => {
  const { context, parts, workspace, caller, key } = place;
  const { language, code: text, input, stdin, options = {} } = own;
  // Of its time the sandbox takes care, which knows more of the program.
  const { retry } = modifiers(step);
  return context.step(
    key,
    async ({ signal }) => {
      const given = (await place.fillNow({ ...sayable({ input, stdin }), options }, signal)) as Record<string, Json>;
      const { options: filled = {}, ...rest } = given;
      const asked = {
        language,
        code: text,
        ...rest,
        timeout: `${step.timeout ?? CODE_WALL_MS}ms`,
        ...(Object.keys(filled as object).length > 0 ? { options: filled } : {}),
      };
      const call = { caller, workspace, requestId: `${context.id}/${key}`, signal };
      const ran = (await parts.tools.call("code_run", asked, call)) as Record<string, Json>;
      if (ran["status"] !== "completed") throw failed(ran);
      return shown(ran);
    },
    {
      retry,
      kind: "code",
      atMostOnce: REACHES_OUT.some((option) => options[option] !== undefined && options[option] !== false),
      tellsStart: true,
    },
  );
};

function sayable(values: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, Json>;
}

/** What steps after it may want; how it was enforced is kept with the execution. */
function shown({ isolation: _how, usage: _what, ...ran }: Record<string, Json>): Json {
  return ran;
}

function failed(ran: Record<string, Json>): AppError {
  const failure = ran["failure"] as { readonly message?: string } | undefined;
  const last = String(ran["stderr"] ?? "").trim();
  const why = failure?.message ?? (last === "" ? `exit code ${ran["exit_code"] ?? "unknown"}` : last);
  const isLate = ran["status"] === "timeout";
  return new AppError(
    isLate ? "timeout" : "failed",
    `the program ended as ${ran["status"]}: ${clip(why, SHOWN_CHARS_MAX)}`,
    {
      hint: `execution_show ${ran["id"]} tells what it printed.`,
    },
  );
}
