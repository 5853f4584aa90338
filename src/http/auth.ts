import { AppError } from "../base/errors.ts";
import { isSameToken } from "../config/token.ts";

/** Shows the caller's bearer token to be ours. A wrong one is refused even where none is needed. */
export function hasToken(request: Request, token: string): boolean {
  const given = request.headers.get("authorization");
  if (given === null) return false;
  const [, value] = /^bearer +(\S+) *$/i.exec(given) ?? [];
  if (value && isSameToken(value, token)) return true;
  throw new AppError("unauthorized", "cannot let you in: the token is wrong", { hint: TOKEN_HINT });
}

export function tokenNeeded(): AppError {
  return new AppError("unauthorized", "cannot let you in: this server asks for its token", { hint: TOKEN_HINT });
}

const TOKEN_HINT = "Send Authorization: Bearer TOKEN; cadre token show prints it.";

/**
 * Loopback is open to every account of the machine: what destroys, and what files say, is not. One for all: nearly
 * every caller carries it.
 */
export const WITHOUT_TOKEN = new AppError("unauthorized", "cannot do this without the token", {
  hint: `${TOKEN_HINT} Or start the server with --open.`,
});

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
