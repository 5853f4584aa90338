// How whoever is told can tell that it was us: Standard Webhooks, over the very bytes that are sent, and beside it the
// older form, over the body alone.
import { createHmac } from "node:crypto";

const PREFIX = "whsec_";

/** Each webhook has a secret of its own, which follows from the key of this installation: no row holds one. */
export function webhookSecret(key: string, id: string): string {
  return `${PREFIX}${createHmac("sha256", key).update(id).digest("base64")}`;
}

export function signedHeaders(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const bytes = Buffer.from(secret.slice(PREFIX.length), "base64");
  const signature = createHmac("sha256", bytes).update(`${id}.${seconds}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${signature}`,
    "x-webhook-signature": createHmac("sha256", secret).update(body).digest("hex"),
  };
}
