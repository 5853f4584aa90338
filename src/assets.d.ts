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
