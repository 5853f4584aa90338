import { type Native, nativeOf, openLibrary } from "./native.ts";

/** The part of Deno's own API that is used here. */
declare const Deno: {
  dlopen(
    name: string,
    symbols: Record<string, { parameters: readonly string[]; result: string }>,
  ): { readonly symbols: Record<string, (...values: bigint[]) => unknown> };
  readonly UnsafePointer: { of(bytes: Uint8Array): unknown; value(pointer: unknown): bigint };
  readonly UnsafePointerView: new (pointer: unknown) => { getInt32(): number };
};

export function openNative(): Native {
  const { symbols } = openLibrary((name) =>
    Deno.dlopen(name, {
      syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
      __errno_location: { parameters: [], result: "pointer" },
    }),
  );
  return nativeOf({
    syscall: symbols["syscall"] as (...values: bigint[]) => bigint,
    errno: () => new Deno.UnsafePointerView(symbols["__errno_location"]?.()).getInt32(),
    addressOf: (bytes) => BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))),
  });
}
