// Values as text, as people know it from other consoles: without a getter or a toString of the program's. Evaluated
// when a program first prints what is no text; one that has changed the language before sees its own changes.
(() => {
  const { stringify } = JSON;
  const { isArray } = Array;
  const { ownKeys, apply, getOwnPropertyDescriptor: descriptorOf, getPrototypeOf } = Reflect;
  const Text = String;
  const { is } = Object;
  const isNoNumber = Number.isNaN;
  const { trunc } = Math;
  const call = (method, target, ...values) => apply(method, target, values);
  const tagOf = (value) => call(Object.prototype.toString, value).slice(8, -1);
  const { has: setHas, add: setAdd, delete: setDelete, forEach: setEach } = Set.prototype;
  const mapEach = Map.prototype.forEach;
  const { toISOString, getTime } = Date.prototype;
  const regExpText = RegExp.prototype.toString;
  const symbolText = Symbol.prototype.toString;

  const DEPTH_MAX = 4;
  const ENTRIES_MAX = 100;
  const LINE_CHARS = 76;
  const quote = (text) =>
    text.includes("'") && !text.includes('"')
      ? `"${text}"`
      : `'${text.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`;
  const isName = (key) => /^[A-Za-z_$][\w$]*$/.test(key);
  const own = (value, key) => {
    const found = descriptorOf(value, key);
    return found && "value" in found ? found.value : undefined;
  };

  function inherited(value, key) {
    for (let at = value, steps = 0; at && steps < 20; at = getPrototypeOf(at), steps++) {
      const found = descriptorOf(at, key);
      if (found) return "value" in found ? found.value : undefined;
    }
    return undefined;
  }

  function errorText(value) {
    const name = inherited(value, "name");
    const message = inherited(value, "message");
    const head = `${typeof name === "string" ? name : "Error"}${typeof message === "string" && message !== "" ? `: ${message}` : ""}`;
    const stack = own(value, "stack");
    const lines =
      typeof stack === "string"
        ? stack.split("\n").filter((line) => line.trim() !== "" && !line.includes("(cadre:"))
        : [];
    return [head, ...lines].join("\n");
  }

  function wrapped(open, parts, close) {
    if (parts.length === 0) return `${open}${close}`;
    const line = `${open} ${parts.join(", ")} ${close}`;
    if (line.length <= LINE_CHARS && !line.includes("\n")) return line;
    return `${open}\n${parts.map((part) => `  ${part.replaceAll("\n", "\n  ")}`).join(",\n")}\n${close}`;
  }

  function show(value, depth, seen) {
    switch (typeof value) {
      case "string":
        return quote(value);
      case "bigint":
        return `${value}n`;
      case "symbol":
        return call(symbolText, value);
      case "function": {
        const name = own(value, "name");
        return `[Function${typeof name === "string" && name !== "" ? `: ${name}` : " (anonymous)"}]`;
      }
      case "object":
        return value === null ? "null" : showObject(value, depth, seen);
      default:
        return is(value, -0) ? "-0" : Text(value);
    }
  }

  function showObject(value, depth, seen) {
    const tag = tagOf(value);
    if (tag === "Error") return errorText(value);
    if (tag === "Date") return isNoNumber(call(getTime, value)) ? "Invalid Date" : call(toISOString, value);
    if (tag === "RegExp") return call(regExpText, value);
    if (call(setHas, seen, value)) return "[Circular]";
    if (depth > DEPTH_MAX) return isArray(value) ? "[Array]" : "[Object]";
    call(setAdd, seen, value);
    const text = showEntries(value, tag, depth, seen);
    call(setDelete, seen, value);
    return text;
  }

  function showEntries(value, tag, depth, seen) {
    const inner = (child) => show(child, depth + 1, seen);
    const constructorOf = inherited(value, "constructor");
    const named = typeof constructorOf === "function" ? own(constructorOf, "name") : undefined;
    const name = typeof named === "string" && named !== "Object" && named !== "Array" ? `${named} ` : "";
    const parts = [];
    if (tag === "Map") {
      let size = 0;
      call(mapEach, value, (item, key) => {
        if (++size <= ENTRIES_MAX) parts.push(`${inner(key)} => ${inner(item)}`);
      });
      return `Map(${size}) ${wrapped("{", parts, "}")}`;
    }
    if (tag === "Set") {
      let size = 0;
      call(setEach, value, (item) => {
        if (++size <= ENTRIES_MAX) parts.push(inner(item));
      });
      return `Set(${size}) ${wrapped("{", parts, "}")}`;
    }
    const isList = isArray(value) || /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/.test(tag);
    for (const key of ownKeys(value)) {
      const found = descriptorOf(value, key);
      if (!found?.enumerable) continue;
      if (parts.length >= ENTRIES_MAX) {
        parts.push("… more");
        break;
      }
      const shown =
        "value" in found ? inner(found.value) : found.set ? (found.get ? "[Getter/Setter]" : "[Setter]") : "[Getter]";
      if (isList && typeof key === "string" && /^\d+$/.test(key)) parts.push(shown);
      else
        parts.push(
          `${typeof key === "symbol" ? `[${call(symbolText, key)}]` : isName(key) ? key : quote(key)}: ${shown}`,
        );
    }
    if (isList) return `${isArray(value) ? "" : `${tag}(${parts.length}) `}${wrapped("[", parts, "]")}`;
    return `${getPrototypeOf(value) === null ? "[Object: null prototype] " : name}${wrapped("{", parts, "}")}`;
  }

  function shown(value) {
    try {
      return typeof value === "string" ? value : show(value, 0, new Set());
    } catch {
      return "[what cannot be shown]";
    }
  }

  function directive(letter, value) {
    if (letter === "s")
      return typeof value === "object" && value !== null
        ? shown(value)
        : typeof value === "bigint"
          ? `${value}n`
          : Text(value);
    if (letter === "d") return typeof value === "object" ? "NaN" : Text(+value);
    if (letter === "i") return Text(trunc(parseFloat(value)));
    if (letter === "f") return Text(parseFloat(value));
    if (letter === "j") return stringify(value) ?? "undefined";
    return shown(value);
  }

  function format(values) {
    if (typeof values[0] !== "string") return values.map(shown).join(" ");
    let at = 1;
    const head = values[0].replace(/%([sdifjoOc%])/g, (whole, letter) => {
      if (letter === "%") return values.length > 1 ? "%" : whole;
      if (at >= values.length) return whole;
      if (letter === "c") {
        at++;
        return "";
      }
      return directive(letter, values[at++]);
    });
    return [head, ...values.slice(at).map(shown)].join(" ");
  }

  return { shown, inner: (value) => show(value, 1, new Set()), format };
})();
