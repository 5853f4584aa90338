// Works out expressions over the values in scope. Time and chance would give another answer the next time that a run
// is gone through, so there is neither.
const { codes, scope } = input;
const missing = (what) => () => {
  throw new Error(`${what} is not there: an expression must come to the same each time`);
};
Math.random = missing("Math.random");
globalThis.Date = class {
  constructor() {
    missing("Date")();
  }
  static now = missing("Date.now");
  static parse = missing("Date.parse");
  static UTC = missing("Date.UTC");
};
for (const name of ["crypto", "performance", "setTimeout", "setInterval", "tools"]) delete globalThis[name];
// A text of somebody else in a block that it cannot end.
globalThis.fence = (source, text) =>
  `<untrusted source="${String(source).replace(/[^\w.:/-]/g, "_")}">\n${String(text ?? "").replace(/<(\/?)untrusted/gi, "<$1 untrusted")}\n</untrusted>`;
const names = Object.keys(scope);
const values = names.map((name) => scope[name]);
codes.map((code) => {
  try {
    const value = new Function(...names, `"use strict"; return (${code}\n);`)(...values);
    return value === undefined ? {} : { value };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
});
