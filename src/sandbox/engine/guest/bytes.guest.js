// Texts as bytes and back: base64 and UTF-8.
(() => {
  const Text = String;

  const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  class InvalidCharacterError extends Error {
    name = "InvalidCharacterError";
  }
  const btoa = (given) => {
    const text = Text(given);
    const pieces = [];
    for (let at = 0; at < text.length; at += 3) {
      const codes = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
      if (codes.some((code) => code > 255)) throw new InvalidCharacterError("only characters up to U+00FF");
      const bits = (codes[0] << 16) | ((codes[1] || 0) << 8) | (codes[2] || 0);
      pieces.push(
        BASE64[bits >> 18] +
          BASE64[(bits >> 12) & 63] +
          (at + 1 < text.length ? BASE64[(bits >> 6) & 63] : "=") +
          (at + 2 < text.length ? BASE64[bits & 63] : "="),
      );
    }
    return pieces.join("");
  };
  const atob = (given) => {
    const text = Text(given).replace(/[\t\n\f\r ]/g, "");
    const body = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text;
    if (body.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(body)) throw new InvalidCharacterError("not base64");
    const pieces = [];
    let bits = 0;
    let count = 0;
    for (const char of body) {
      bits = ((bits << 6) | BASE64.indexOf(char)) & 0xffffff;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      pieces.push(Text.fromCharCode((bits >> count) & 255));
    }
    return pieces.join("");
  };
  const TextEncoder = class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(given = "") {
      const text = Text(given).toWellFormed();
      const bytes = [];
      for (const char of text) {
        const code = char.codePointAt(0);
        if (code < 0x80) bytes.push(code);
        else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
        else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
        else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      }
      return new Uint8Array(bytes);
    }
  };
  const TextDecoder = class TextDecoder {
    #fatal;
    constructor(label = "utf-8", { fatal = false } = {}) {
      if (!/^utf-?8$/i.test(label)) throw new RangeError("only utf-8 is known here");
      this.#fatal = fatal;
    }
    get encoding() {
      return "utf-8";
    }
    decode(given) {
      if (given === undefined) return "";
      const bytes = ArrayBuffer.isView(given)
        ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
        : new Uint8Array(given);
      const pieces = [];
      for (let at = 0; at < bytes.length; ) {
        const first = bytes[at++];
        const more =
          first < 0x80
            ? 0
            : first >= 0xc2 && first < 0xe0
              ? 1
              : first >= 0xe0 && first < 0xf0
                ? 2
                : first >= 0xf0 && first < 0xf5
                  ? 3
                  : -1;
        let code = more === 0 ? first : first & (0x3f >> more);
        let isGood = more >= 0;
        for (let step = 0; isGood && step < more; step++) {
          if ((bytes[at] & 0xc0) !== 0x80) isGood = false;
          else code = (code << 6) | (bytes[at++] & 63);
        }
        if (
          isGood &&
          ((more === 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
            (more === 3 && (code < 0x10000 || code > 0x10ffff)))
        )
          isGood = false;
        if (!isGood && this.#fatal) throw new TypeError("not valid UTF-8");
        pieces.push(isGood ? Text.fromCodePoint(code) : "\ufffd");
      }
      const text = pieces.join("");
      return text.startsWith("\ufeff") ? text.slice(1) : text;
    }
  };
  return { atob, btoa, TextEncoder, TextDecoder };
})();
