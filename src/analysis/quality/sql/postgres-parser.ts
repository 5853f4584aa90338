// PostgreSQL's own parser, as WebAssembly. It is unpacked when the first file of SQL comes.
import type { PgQuery } from "libpg-query/wasm/libpg-query.js";
import { jsonIn } from "../../../base/json.ts";
import { unpacked } from "../../unpacked.ts";

/** The tree of a statement as PostgreSQL has it; or what is wrong with it, and where. */
export type PostgresStatement = { readonly tree: unknown } | { readonly problem: string; readonly at: number };

let ready: Promise<PgQuery> | undefined;

async function open(): Promise<PgQuery> {
  const { default: make } = await import("libpg-query/wasm/libpg-query.js");
  const wasmBinary = unpacked(await import("./postgres.b64", { with: { type: "text" } }));
  return await make({ wasmBinary });
}

/** Undefined where it came to its end with it, as with what nests too deep. */
export async function parsePostgres(text: string): Promise<PostgresStatement | undefined> {
  ready ??= open();
  const parser = await ready;
  try {
    return parse(parser, text);
  } catch {
    // Nobody knows in which state it was left.
    ready = undefined;
    return undefined;
  }
}

/** Where the parts of an answer stand behind one another: tree, output, error; message, …, place. */
const ERROR_AT = 8;
const PLACE_AT = 16;

function parse(parser: PgQuery, text: string): PostgresStatement {
  const length = parser.lengthBytesUTF8(text) + 1;
  const given = parser._malloc(length);
  parser.stringToUTF8(text, given, length);
  const answer = parser._wasm_parse_query_raw(given);
  try {
    const error = parser.getValue(answer + ERROR_AT, "i32");
    if (error === 0) return { tree: jsonIn(parser.UTF8ToString(parser.getValue(answer, "i32"))) };
    const problem = parser.UTF8ToString(parser.getValue(error, "i32"));
    return { problem, at: Math.max(0, parser.getValue(error + PLACE_AT, "i32") - 1) };
  } finally {
    parser._free(given);
    parser._wasm_free_parse_result(answer);
  }
}
