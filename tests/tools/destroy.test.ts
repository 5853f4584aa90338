// Loopback is open to every account of the machine: over HTTP, what destroys needs the token.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../harness/cli.ts";
import { callMcp, callRest } from "../harness/faces.ts";
import { type Era, httpClient, stdioClient } from "../harness/mcp.ts";
import { startServer, type TestServer } from "../harness/server.ts";

const ERAS = ["legacy", "modern"] as const;

const REFUSED = {
  error: expect.objectContaining({
    code: "unauthorized",
    message: "cannot do this without the token",
    hint: "Send Authorization: Bearer TOKEN; cadre token show prints it. Or start the server with --open.",
  }),
};

async function oneTask({ app, workspace }: TestServer): Promise<string> {
  return (await app.tasks.create(workspace, { title: "Precious" })).id;
}

function deleteOverMcp(server: TestServer, era: Era, id: string, headers = {}) {
  return httpClient(era, server.origin, { headers }).then((client) => callMcp(client, "task_delete", { id }));
}

test("REST deletes only for who shows the token", async () => {
  await using server = await startServer();
  const id = await oneTask(server);

  const without = await callRest(server, "task_delete", { id });
  const between = await callRest(server, "task_show", { id });
  const withToken = await callRest(server, "task_delete", { id }, { authorization: `Bearer ${server.token}` });

  expect(without).toEqual(REFUSED);
  expect(between).toMatchObject({ answer: { id } });
  expect(withToken).toEqual({ answer: { id, title: "Precious", status: "pending", revision: 2 } });
});

test("what files say is shown only to who shows the token", async () => {
  await using server = await startServer();
  writeFileSync(join(server.workspace, "note.txt"), "mine");

  const without = await callRest(server, "file_read", { path: "note.txt" });
  const overMcp = await callMcp(await httpClient("modern", server.origin), "file_read", { path: "note.txt" });
  const withToken = await callRest(
    server,
    "file_read",
    { path: "note.txt" },
    { authorization: `Bearer ${server.token}` },
  );

  expect(without).toEqual(REFUSED);
  expect(overMcp).toEqual(REFUSED);
  expect(withToken).toMatchObject({ answer: { path: "note.txt", lines: 1, text: "mine" } });
});

test("the refusal over REST is a 401 that names the scheme", async () => {
  await using server = await startServer();

  const { status, headers } = await server.post("/v1/task/delete", { id: "task_ffffffffffff" });

  expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="cadre"']);
});

describe.each([...ERAS])("MCP over HTTP, %s era", (era) => {
  test("deletes only for who shows the token", async () => {
    await using server = await startServer();
    const id = await oneTask(server);

    const without = await deleteOverMcp(server, era, id);
    const withToken = await deleteOverMcp(server, era, id, { authorization: `Bearer ${server.token}` });

    expect(without).toEqual(REFUSED);
    expect(withToken).toMatchObject({ answer: { id, revision: 2 } });
  });

  test("an old name that destroys needs the token too", async () => {
    await using server = await startServer();
    const id = await oneTask(server);
    const client = await httpClient(era, server.origin);

    expect(await callMcp(client, "delete_task", { task_id: id })).toEqual(REFUSED);
  });
});

test("--open lets everybody on loopback delete", async () => {
  await using server = await startServer({ settings: { open: "true" } });
  const first = await oneTask(server);
  const second = await oneTask(server);

  expect(await callRest(server, "task_delete", { id: first })).toMatchObject({ answer: { id: first } });
  expect(await deleteOverMcp(server, "modern", second)).toMatchObject({ answer: { id: second } });
});

test("restoring destroys nothing, and needs no token", async () => {
  await using server = await startServer();
  const id = await oneTask(server);
  await server.app.tasks.archive(id);

  expect(await callRest(server, "task_restore", { id })).toMatchObject({ answer: { id, revision: 3 } });
});

describe.each([...ERAS])("MCP over stdio, %s era", (era) => {
  test("deletes without a token: whoever started the process owns the data", async () => {
    await using server = await startServer();
    const id = await oneTask(server);
    await using client = await stdioClient(era, { env: { CADRE_HOME: server.home } });

    expect(await callMcp(client, "task_delete", { id })).toMatchObject({ answer: { id, revision: 2 } });
  });
});

test("the command line deletes without a token", async () => {
  await using server = await startServer();
  const id = await oneTask(server);

  const { exit, stdout } = await runCli(["task", "delete", id, "--json"], { env: { CADRE_HOME: server.home } });

  expect([exit, JSON.parse(stdout)]).toEqual([0, { id, title: "Precious", status: "pending", revision: 2 }]);
});

test("purge removes the row for good", async () => {
  await using server = await startServer({ settings: { open: "true" } });
  const id = await oneTask(server);

  await callRest(server, "task_delete", { id, purge: true });

  expect(await callRest(server, "task_show", { id })).toMatchObject({ error: { code: "not_found" } });
  expect(await callRest(server, "task_restore", { id })).toMatchObject({ error: { code: "not_found" } });
});
