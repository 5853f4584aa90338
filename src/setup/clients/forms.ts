import type { Form } from "./client.ts";

/** Nothing beyond JSON: what a client's parser takes more was not measured, or it takes no more. */
export const STRICT: Form = { format: "json", comments: false, trailingComma: false, byteOrderMark: true };
export const COMMENTS: Form = { format: "json", comments: true, trailingComma: false, byteOrderMark: true };
export const RELAXED: Form = { format: "json", comments: true, trailingComma: true, byteOrderMark: true };

export const withoutMark = (form: Form): Form => (form.format === "json" ? { ...form, byteOrderMark: false } : form);

export const TOML: Form = { format: "toml" };
export const TOML_LIST: Form = { format: "toml", isList: true };
export const YAML: Form = { format: "yaml" };
export const OWN_FILE: Form = { format: "own-file" };
