import { dlopen, type Pointer, ptr, read } from "bun:ffi";
import { type Native, nativeOf, openLibrary } from "./native.ts";

export function openNative(): Native {
  const { symbols } = openLibrary((name) =>
    dlopen(name, {
      syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
      __errno_location: { args: [], returns: "ptr" },
    }),
  );
  return nativeOf({
    syscall: symbols.syscall as unknown as (...values: bigint[]) => bigint,
    errno: () => read.i32(symbols.__errno_location() as Pointer, 0),
    addressOf: (bytes) => BigInt(ptr(bytes)),
  });
}
