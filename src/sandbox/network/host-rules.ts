/** Rules are like pypi.org, *.example.com, localhost:8080. Without a port, those of the web are meant. */
export function isAllowedHost(rules: readonly string[], host: string, port: number): boolean {
  return rules.some((rule) => {
    const { name, ports } = partsOf(rule);
    return ports.includes(port) && (name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name);
  });
}

/** Said by its very name: then it may lie on this machine or beside it. A pattern does not mean that. */
export function isNamed(rules: readonly string[], host: string): boolean {
  return rules.some((rule) => partsOf(rule).name === host);
}

const WEB_PORTS: readonly number[] = [80, 443];

function partsOf(rule: string): { name: string; ports: readonly number[] } {
  const [, name = rule, port] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  return { name, ports: port === undefined ? WEB_PORTS : [Number(port)] };
}
