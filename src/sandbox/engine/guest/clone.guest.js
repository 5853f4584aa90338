// structuredClone for what a program here can make.
(() => {
  const { isArray } = Array;
  const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

  const structuredClone = (value) => clone(value, new Map());
  function clone(value, done) {
    if (typeof value === "function" || typeof value === "symbol") throw new TypeError("what is given cannot be cloned");
    if (typeof value !== "object" || value === null) return value;
    if (done.has(value)) return done.get(value);
    const keep = (copy) => {
      done.set(value, copy);
      return copy;
    };
    const tag = tagOf(value);
    if (tag === "Date") return keep(new Date(value.getTime()));
    if (tag === "RegExp") return keep(new RegExp(value.source, value.flags));
    if (tag === "ArrayBuffer") return keep(value.slice(0));
    if (ArrayBuffer.isView(value)) return keep(value.slice());
    if (tag === "Map") {
      const copy = keep(new Map());
      for (const [key, item] of value) copy.set(clone(key, done), clone(item, done));
      return copy;
    }
    if (tag === "Set") {
      const copy = keep(new Set());
      for (const item of value) copy.add(clone(item, done));
      return copy;
    }
    if (tag === "Error") return keep(Object.assign(new Error(value.message), { name: value.name, stack: value.stack }));
    const copy = keep(isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) copy[key] = clone(value[key], done);
    return copy;
  }
  return { structuredClone };
})();
