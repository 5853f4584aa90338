/** server.tool: a tool of another server. Those of cadre have no dot. */
export function isOthers(name: string): boolean {
  return name.includes(".");
}
