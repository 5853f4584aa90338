// A fresh world for one program: an instance of QuickJS in a memory of its own, with its globals in place. The first
// is made step by step; from the second on, each is a copy of the memory that those steps lead to.
import singlefile from "@jitl/quickjs-singlefile-mjs-release-sync";
import {
  type JSContextPointer,
  type JSRuntimePointer,
  type JSValuePointer,
  Lifetime,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import hostGlobals from "./guest/host.guest.js" with { type: "text" };
import { MemoryImage } from "./memory-image.ts";
import { findRandomState, reseed } from "./random-state.ts";

/** No line of it is shown in a stack. */
export const GUEST_FILE = "cadre";

export interface Instance {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  /** What the globals answer to. */
  readonly guest: QuickJSHandle;
  readonly memory: WebAssembly.Memory;
  readonly memoryBytes: number;
}

const PAGE_BYTES = 65_536;
/** What the module itself needs to begin with. */
const PAGES_MIN = 256;
const STACK_BYTES = 192 * 1024;

type Imports = Parameters<typeof WebAssembly.instantiate>[1];

/** What a world looks like in which nothing has run yet, and where in it what was made lies. */
interface Origin {
  readonly image: MemoryImage;
  readonly runtime: JSRuntimePointer;
  readonly context: JSContextPointer;
  readonly guest: JSValuePointer;
  readonly randomState: number;
}

let compiled: WebAssembly.Module | undefined;
let origin: Origin | undefined;

export async function instantiate(memoryBytes: number): Promise<Instance> {
  const memory = new WebAssembly.Memory({
    initial: PAGES_MIN,
    maximum: Math.max(PAGES_MIN, Math.floor(memoryBytes / PAGE_BYTES)),
  });
  const isFirst = compiled === undefined;
  const quickjs = await moduleIn(memory);
  if (origin) return { ...copyOf(origin, quickjs, memory, memoryBytes), memory, memoryBytes };
  // Whoever waits for the first is not kept waiting for what only others profit from.
  const empty = isFirst ? undefined : memory.buffer.slice(0);
  const made = make(quickjs, memoryBytes);
  if (empty) origin = originOf(made, memory, empty);
  return { ...made, memory, memoryBytes };
}

type Made = Pick<Instance, "runtime" | "context" | "guest">;

function make(quickjs: QuickJSWASMModule, memoryBytes: number): Made {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(memoryBytes);
  runtime.setMaxStackSize(STACK_BYTES);
  const context = runtime.newContext();
  const offer = context.unwrapResult(context.evalCode(hostGlobals, GUEST_FILE));
  return { runtime, context, guest: context.unwrapResult(context.callFunction(offer, context.undefined)) };
}

/** Undefined where chance would be the same in all copies. */
function originOf(
  { runtime, context, guest }: Made,
  memory: WebAssembly.Memory,
  empty: ArrayBuffer,
): Origin | undefined {
  const draw = context.getProp(guest, "draw");
  const randomState = findRandomState(memory, () =>
    context.unwrapResult(context.callFunction(draw, context.undefined)),
  );
  if (randomState === undefined) return undefined;
  reseed(memory, randomState);
  return {
    image: MemoryImage.since(empty, memory),
    runtime: runtime["rt"].value,
    context: context["ctx"].value,
    guest: guest.value as JSValuePointer,
    randomState,
  };
}

function copyOf(from: Origin, quickjs: QuickJSWASMModule, memory: WebAssembly.Memory, memoryBytes: number): Made {
  from.image.copyInto(memory);
  reseed(memory, from.randomState);
  const [module, ffi, callbacks] = [quickjs["module"], quickjs["ffi"], quickjs["callbacks"]];
  // Nothing of it is freed by itself: it goes with its memory.
  const runtime = new QuickJSRuntime({ module, ffi, callbacks, rt: new Lifetime(from.runtime) });
  runtime.setMemoryLimit(memoryBytes);
  const context = runtime.newContext({ contextPointer: from.context });
  return { runtime, context, guest: new Lifetime(from.guest) as QuickJSHandle };
}

/** The variant hides its bytes, and unpacks and compiles them at each start: the first time, what it compiles is kept. */
async function moduleIn(wasmMemory: WebAssembly.Memory): Promise<QuickJSWASMModule> {
  const wasmModule = compiled;
  if (wasmModule) return newQuickJSWASMModuleFromVariant(newVariant(singlefile, { wasmMemory, wasmModule }));
  const { instantiate: plain } = WebAssembly;
  const keeping = async (bytes: Uint8Array<ArrayBuffer>, imports: Imports) => {
    compiled = await WebAssembly.compile(bytes);
    return { module: compiled, instance: await plain(compiled, imports) };
  };
  WebAssembly.instantiate = keeping as unknown as typeof WebAssembly.instantiate;
  try {
    return await newQuickJSWASMModuleFromVariant(newVariant(singlefile, { wasmMemory }));
  } finally {
    WebAssembly.instantiate = plain;
  }
}
