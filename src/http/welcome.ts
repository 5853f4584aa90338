interface Place {
  readonly origin: string;
  readonly basePath: string;
  readonly version: string;
  readonly database: string;
  readonly isLocal: boolean;
}

/** What `cadre --http` prints when it is ready: every line can be used as it stands. */
export function welcome({ origin, basePath, version, database, isLocal }: Place): string {
  const url = `${origin}${basePath}`;
  const token = isLocal ? "" : ' -H "Authorization: Bearer $(cadre token show --json | jq -r .token)"';
  return `cadre ${version} is ready; its database is ${database}

  MCP endpoint     ${url}/mcp
  try it           curl${token} ${url}/v1/task/list
  Claude Code      claude mcp add --transport http cadre ${url}/mcp
  other clients    {"mcpServers": {"cadre": {"type": "http", "url": "${url}/mcp"}}}
  REST             ${url}/v1/openapi.json

Stop it with Ctrl-C.
`;
}
