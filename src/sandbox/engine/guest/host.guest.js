// The globals of a program that need the host: console, timers, chance, tools. Evaluated before the program, it keeps its
// own copies of what the program may change. Only texts and numbers go to the host.
() => {
  const { stringify, parse } = JSON;
  const { defineProperty } = Object;
  const { ownKeys, apply, getOwnPropertyDescriptor: descriptorOf, getPrototypeOf } = Reflect;
  const Text = String;
  const call = (method, target, ...given) => apply(method, target, given);
  const { get: mapGet, set: mapSet, delete: mapDelete } = Map.prototype;
  const Later = Promise;
  const resolved = Promise.resolve();
  const { then } = Promise.prototype;
  const { join } = Array.prototype;
  const { includes } = String.prototype;
  let host = {};

  // --- What few programs need is made when it is asked for ------------------------------------------------------
  const LAZY = {
    bytes: ["atob", "btoa", "TextEncoder", "TextDecoder"],
    clone: ["structuredClone"],
    url: ["URL", "URLSearchParams"],
  };
  const place = (name, value) =>
    defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
  for (const file of ["bytes", "clone", "url"]) {
    for (const name of LAZY[file]) {
      defineProperty(globalThis, name, {
        get: () => make(file)[name],
        // What the program puts in its place stays there.
        set: (value) => place(name, value),
        enumerable: true,
        configurable: true,
      });
    }
  }
  const made = { __proto__: null };
  function make(file) {
    made[file] ??= host.evaluate(file);
    return made[file];
  }

  let values;
  /** How values are shown is only read when one is that is not a text already. */
  const show = () => {
    values ??= host.evaluate("show");
    return values;
  };
  const shown = (value) => (typeof value === "string" ? value : show().shown(value));
  const inner = (value) => show().inner(value);
  const isPlain = (texts) => {
    for (let at = 0; at < texts.length; at++) if (typeof texts[at] !== "string") return false;
    return texts.length === 1 || !call(includes, texts[0], "%");
  };
  const format = (texts) => (isPlain(texts) ? call(join, texts, " ") : show().format(texts));

  // --- console --------------------------------------------------------------------------------------------------
  const OUT = 1;
  const ERR = 2;
  let indent = "";
  const print = (stream, text) => host.write(stream, `${indent === "" ? text : text.replace(/^/gm, indent)}\n`);
  const counts = new Map();
  const begun = new Map();
  const pad = (text, width) => text + " ".repeat(Math.max(0, width - text.length));

  function table(data) {
    if (typeof data !== "object" || data === null) return shown(data);
    const rows = ownKeys(data).filter((key) => typeof key === "string" && key !== "length");
    const columns = [];
    for (const row of rows) {
      const value = data[row];
      const keys =
        typeof value === "object" && value !== null
          ? ownKeys(value).filter((key) => typeof key === "string" && key !== "length")
          : ["Values"];
      for (const key of keys) if (!columns.includes(key)) columns.push(key);
    }
    const cells = [["(index)", ...columns]];
    for (const row of rows) {
      const value = data[row];
      const isRow = typeof value === "object" && value !== null;
      cells.push([
        row,
        ...columns.map((key) =>
          isRow ? (key in value ? inner(value[key]) : "") : key === "Values" ? inner(value) : "",
        ),
      ]);
    }
    const widths = cells[0].map((_cell, at) => Math.max(...cells.map((row) => row[at].length)));
    return cells
      .map((row) =>
        row
          .map((cell, at) => pad(cell, widths[at]))
          .join("  ")
          .trimEnd(),
      )
      .join("\n");
  }

  const toOut = (...values) => print(OUT, format(values));
  const toErr = (...values) => print(ERR, format(values));
  globalThis.console = {
    log: toOut,
    info: toOut,
    debug: toOut,
    dir: (value) => print(OUT, shown(value)),
    table: (data) => print(OUT, table(data)),
    error: toErr,
    warn: toErr,
    trace: (...values) => print(ERR, `Trace: ${format(values)}`),
    assert: (holds, ...values) => {
      if (!holds) print(ERR, values.length > 0 ? `Assertion failed: ${format(values)}` : "Assertion failed");
    },
    count: (label = "default") => {
      const count = (call(mapGet, counts, label) ?? 0) + 1;
      call(mapSet, counts, label, count);
      print(OUT, `${label}: ${count}`);
    },
    countReset: (label = "default") => void call(mapDelete, counts, label),
    group: (...values) => {
      if (values.length > 0) toOut(...values);
      if (indent.length < 40) indent += "  ";
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
    time: (label = "default") => void call(mapSet, begun, label, host.now()),
    timeLog: (label = "default") =>
      print(OUT, `${label}: ${(host.now() - (call(mapGet, begun, label) ?? host.now())).toFixed(3)}ms`),
    timeEnd: (label = "default") => {
      globalThis.console.timeLog(label);
      call(mapDelete, begun, label);
    },
  };

  globalThis.crypto = {
    randomUUID: () => host.randomUuid(),
    getRandomValues: (array) => {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < bytes.length; ) {
        // The fixed digits of a UUID are left out.
        const hex = host.randomUuid().replaceAll("-", "");
        for (const from of [0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28, 30])
          if (at < bytes.length) bytes[at++] = parseInt(hex.slice(from, from + 2), 16);
      }
      return array;
    },
  };

  // --- Timers ---------------------------------------------------------------------------------------------------
  const callbacks = new Map();
  let nextTimer = 1;
  function start(work, delay, repeats, values) {
    if (typeof work !== "function") throw new TypeError("the callback must be a function");
    const id = nextTimer++;
    host.startTimer(id, +delay || 0, repeats);
    call(mapSet, callbacks, id, { work, repeats, values });
    return id;
  }
  const stop = (id) => {
    if (typeof id === "number" && call(mapDelete, callbacks, id)) host.clearTimer(id);
  };
  globalThis.setTimeout = (work, delay, ...values) => start(work, delay, 0, values);
  globalThis.setInterval = (work, delay, ...values) => start(work, delay, 1, values);
  globalThis.setImmediate = (work, ...values) => start(work, 0, 0, values);
  globalThis.clearTimeout = globalThis.clearInterval = globalThis.clearImmediate = stop;
  globalThis.queueMicrotask = (work) => {
    if (typeof work !== "function") throw new TypeError("the callback must be a function");
    call(then, resolved, () => work());
  };
  globalThis.performance = { now: () => host.now(), timeOrigin: 0 };

  // --- Tools of the server --------------------------------------------------------------------------------------
  const waiting = new Map();
  function toolTable(names) {
    const tools = Object.create(null);
    for (const name of names) {
      tools[name] = (input = {}) =>
        new Later((resolve, reject) => {
          call(mapSet, waiting, host.callTool(name, stringify(input) ?? "{}"), { resolve, reject });
        });
    }
    return Object.freeze(tools);
  }

  /** A property's value, without calling anything of the program's. */
  function inherited(value, key) {
    for (let at = value, steps = 0; at && steps < 20; at = getPrototypeOf(at), steps++) {
      const found = descriptorOf(at, key);
      if (found) return "value" in found ? found.value : undefined;
    }
    return undefined;
  }

  // --- What the host calls --------------------------------------------------------------------------------------
  const plain = (_key, value) => (typeof value === "bigint" ? Text(value) : value);
  return {
    draw: () => Math.random(),
    setUp(given, text) {
      host = given;
      const { args, tools, ...more } = parse(text);
      globalThis.args = args;
      if ("input" in more) globalThis.input = parse(more.input);
      if (tools.length > 0) globalThis.tools = toolTable(tools);
    },
    run(id) {
      const timer = call(mapGet, callbacks, id);
      if (!timer) return;
      if (!timer.repeats) call(mapDelete, callbacks, id);
      apply(timer.work, undefined, timer.values);
    },
    settle(id, isOk, text) {
      const call_ = call(mapGet, waiting, id);
      call(mapDelete, waiting, id);
      if (!call_) return;
      const answer = parse(text);
      if (isOk) call_.resolve(answer);
      else
        call_.reject(
          Object.assign(new Error(answer.message), { name: "ToolError", code: answer.code, hint: answer.hint }),
        );
    },
    result(value) {
      if (value === undefined || typeof value === "function" || typeof value === "symbol") return undefined;
      return stringify(value, plain);
    },
    error(thrown) {
      if (typeof thrown !== "object" || thrown === null)
        return stringify({ name: "Error", message: `thrown: ${shown(thrown)}`, stack: "" });
      const text = (key) => {
        try {
          const value = inherited(thrown, key);
          return typeof value === "string" ? value : "";
        } catch {
          return "";
        }
      };
      return stringify({ name: text("name"), message: text("message"), stack: text("stack") });
    },
  };
};
