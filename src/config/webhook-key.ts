import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { makePrivateFile, readPrivateFile } from "./private-file.ts";

const BYTES = 32;
const GIVEN_CHARS_MIN = 32;

/** From it the secret of every webhook follows. Several machines on one database are given the same in CADRE_WEBHOOK_KEY. */
export function ensureWebhookKey(env: Readonly<Record<string, string | undefined>>, dataFolder: string): string {
  const given = env["CADRE_WEBHOOK_KEY"];
  if (given && given.length >= GIVEN_CHARS_MIN) return given;
  if (given) {
    throw new AppError(
      "invalid_input",
      `cannot use CADRE_WEBHOOK_KEY: it is shorter than ${GIVEN_CHARS_MIN} characters`,
      {
        hint: "Leave it out, and cadre makes one; or give what openssl rand -hex 32 prints.",
      },
    );
  }
  const path = join(dataFolder, "webhook-key");
  const read = () => readPrivateFile(path)?.trim() || undefined;
  const kept = read();
  if (kept !== undefined) return kept;
  makePrivateFile(path, `${randomBytes(BYTES).toString("hex")}\n`);
  return read() ?? "";
}
