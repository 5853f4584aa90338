// Runs `driver.py` in Pyodide, with the program's folders at their own paths. It is given the folder of Pyodide, the
// bytes of memory, the folders as JSON, and what Python finds in sys.argv.
import { readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

const PAGE_BYTES = 65_536;
const [home, memoryBytes, folders, driver, ...args] = process.argv.slice(2);

// It asks for as much as there can be; what it may have is reserved at once.
const { Memory } = WebAssembly;
const pagesMax = Math.floor(Number(memoryBytes) / PAGE_BYTES);
WebAssembly.Memory = class extends Memory {
  constructor(asked) {
    super({ ...asked, maximum: Math.min(asked.maximum, pagesMax) });
  }
};

const { loadPyodide } = await import(pathToFileURL(`${home}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${home}/`, env: { HOME: process.env["HOME"] ?? "/" } });
for (const folder of JSON.parse(folders)) {
  python.FS.mkdirTree(folder);
  python.mountNodeFS(folder, folder);
}
for (const [handle, connect] of [
  [1, "setStdout"],
  [2, "setStderr"],
])
  python[connect]({ write: (bytes) => writeSync(handle, bytes) });
let input;
let at = 0;
python.setStdin({
  read: (buffer) => {
    input ??= readFileSync(0);
    const part = input.subarray(at, at + buffer.length);
    buffer.set(part);
    at += part.length;
    return part.length;
  },
});
python.FS.chdir(process.cwd());
python.pyimport("sys").argv = python.toPy([driver, ...args]);
let exit = 0;
try {
  python.runPython(readFileSync(driver, "utf8"), { filename: driver });
} catch (thrown) {
  // It ends as every Python does: by an exit that says how.
  exit = thrown.type === "SystemExit" ? Number(/SystemExit: (\d+)\s*$/.exec(thrown.message)?.[1] ?? 0) : 1;
  if (thrown.type !== "SystemExit") writeSync(2, `${thrown.message}\n`);
}
process.exit(exit);
