/** Files that travel inside the program, as text: `import text from "./x.sql" with { type: "text" }`. */
declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.yaml" {
  const text: string;
  export default text;
}

declare module "*.guest.js" {
  const text: string;
  export default text;
}

declare module "*.driver.js" {
  const text: string;
  export default text;
}

declare module "*.py" {
  const text: string;
  export default text;
}

declare module "*.b64" {
  const text: string;
  export default text;
}

/** Libraries without types of their own, as far as they are used. */
declare module "pdfmake/build/vfs_fonts.js" {
  /** Font files in base64, by name. */
  const files: Readonly<Record<string, string>>;
  export default files;
}

declare module "pdfmake" {
  const pdfmake: {
    readonly virtualfs: { writeFileSync(name: string, bytes: Buffer): void };
    setFonts(fonts: object): void;
    setUrlAccessPolicy(isAllowed: (url: string) => boolean): void;
    setLocalAccessPolicy(isAllowed: (path: string) => boolean): void;
    createPdf(definition: object): { getBuffer(): Promise<Uint8Array> };
  };
  export default pdfmake;
}

declare module "fontkit" {
  export interface Font {
    readonly postscriptName: string;
    hasGlyphForCodePoint(code: number): boolean;
  }
  /** A file of several fonts, as those of Chinese and Japanese often are, is a collection. */
  export function create(bytes: Buffer): Font | { readonly fonts: readonly Font[] };
}

declare module "libpg-query/wasm/libpg-query.js" {
  /** PostgreSQL's parser, with memory of its own. */
  export interface PgQuery {
    _malloc(bytes: number): number;
    _free(at: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(answer: number): void;
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, at: number, bytes: number): void;
    UTF8ToString(at: number): string;
    getValue(at: number, type: "i32"): number;
  }
  const make: (options: { readonly wasmBinary: Uint8Array }) => Promise<PgQuery>;
  export default make;
}
