// URL and URLSearchParams, as far as programs that only compute with addresses need them.
(() => {
  const Text = String;
  const NEVER = () => {};

  const decode = (text) => {
    const spaced = text.replaceAll("+", " ");
    try {
      return decodeURIComponent(spaced);
    } catch {
      return spaced;
    }
  };
  const encode = (text) =>
    encodeURIComponent(text)
      .replace(/%20/g, "+")
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  class URLSearchParams {
    #pairs = [];
    #changed;
    constructor(init = "", changed = NEVER) {
      this.#changed = changed;
      if (typeof init === "string") {
        for (const part of init.replace(/^\?/, "").split("&")) {
          if (part === "") continue;
          const at = part.indexOf("=");
          this.#pairs.push(at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
        }
      } else if (typeof init[Symbol.iterator] === "function")
        for (const [name, value] of init) this.#pairs.push([Text(name), Text(value)]);
      else for (const name of Object.keys(init)) this.#pairs.push([name, Text(init[name])]);
    }
    get size() {
      return this.#pairs.length;
    }
    get(name) {
      return this.#pairs.find((pair) => pair[0] === name)?.[1] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }
    has(name) {
      return this.#pairs.some((pair) => pair[0] === name);
    }
    append(name, value) {
      this.#pairs.push([Text(name), Text(value)]);
      this.#changed();
    }
    set(name, value) {
      const first = this.#pairs.findIndex((pair) => pair[0] === name);
      if (first < 0) return this.append(name, value);
      this.#pairs = this.#pairs.filter((pair, at) => at <= first || pair[0] !== name);
      this.#pairs[first] = [Text(name), Text(value)];
      this.#changed();
    }
    delete(name) {
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== name);
      this.#changed();
    }
    sort() {
      this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }
    forEach(work) {
      for (const [name, value] of this.#pairs) work(value, name, this);
    }
    *entries() {
      for (const pair of this.#pairs) yield [...pair];
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
    }
  }
  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21" };
  const FORM =
    /^([a-z][a-z0-9+.-]*:)(?:\/\/(?:([^/?#@:]*)(?::([^/?#@]*))?@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?)?([^?#]*)(\?[^#]*)?(#.*)?$/i;
  function resolvePath(path) {
    const parts = [];
    const given = path.split("/");
    for (const [at, part] of given.entries()) {
      if (part === ".." || /^%2e%2e$/i.test(part)) parts.length > 1 && parts.pop();
      else if (part !== ".") parts.push(part);
      if ((part === ".." || part === ".") && at === given.length - 1) parts.push("");
    }
    return parts.join("/");
  }
  class URL {
    constructor(given, base) {
      const text = Text(given).trim();
      let match = FORM.exec(text);
      if (!match && base !== undefined) match = FORM.exec(URL.#joined(text, new URL(base)));
      if (!match) throw new TypeError(`Invalid URL: ${text}`);
      const [, protocol, username = "", password = "", host, port = "", path, search = "", hash = ""] = match;
      this.protocol = protocol.toLowerCase();
      const isSpecial = this.protocol in PORTS || this.protocol === "file:";
      if (isSpecial && this.protocol !== "file:" && !host) throw new TypeError(`Invalid URL: ${text}`);
      this.username = username;
      this.password = password;
      this.hostname = (host ?? "").toLowerCase();
      this.port = port === PORTS[this.protocol] ? "" : port;
      this.pathname = isSpecial
        ? resolvePath(path.replaceAll("\\", "/").replace(/^(?!\/)/, "/")).replace(/[ "<>`{}]/g, encodeURIComponent)
        : path;
      this.hash = hash === "#" ? "" : hash;
      this.#hasAuthority = host !== undefined;
      this.#search = search === "?" ? "" : search;
      this.searchParams = new URLSearchParams(this.#search, () => {
        const query = this.searchParams.toString();
        this.#search = query === "" ? "" : `?${query}`;
      });
    }
    #search;
    #hasAuthority;
    static #joined(text, base) {
      if (text.startsWith("//")) return base.protocol + text;
      if (text.startsWith("/")) return base.origin + text;
      if (text.startsWith("?")) return base.origin + base.pathname + text;
      if (text.startsWith("#")) return base.origin + base.pathname + base.search + text;
      return base.origin + base.pathname.replace(/[^/]*$/, "") + text;
    }
    static canParse(given, base) {
      try {
        return Boolean(new URL(given, base));
      } catch {
        return false;
      }
    }
    get search() {
      return this.#search;
    }
    set search(given) {
      this.#search = given === "" ? "" : `?${Text(given).replace(/^\?/, "")}`;
      this.searchParams = new URLSearchParams(this.#search);
    }
    get host() {
      return this.hostname + (this.port === "" ? "" : `:${this.port}`);
    }
    get origin() {
      return this.protocol in PORTS ? `${this.protocol}//${this.host}` : "null";
    }
    get href() {
      const user = this.username === "" ? "" : `${this.username}${this.password === "" ? "" : `:${this.password}`}@`;
      return `${this.protocol}${this.#hasAuthority ? `//${user}${this.host}` : ""}${this.pathname}${this.search}${this.hash}`;
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }
  return { URL, URLSearchParams };
})();
