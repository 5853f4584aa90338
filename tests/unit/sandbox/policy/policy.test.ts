import { expect, test } from "bun:test";
import { PolicyFile, policyOf, tightened } from "../../../../src/sandbox/policy/policy.ts";

const file = (said: unknown) => PolicyFile.parse(said);

test("the user's file may give more than there is by default", () => {
  const policy = policyOf(file({ memory: "2GiB", network: ["PyPI.org"], processes: 500, blocked_commands: [] }));

  expect(policy.limits).toMatchObject({ memoryBytes: 2 * 1024 ** 3, processes: 500 });
  expect(policy.network).toEqual(["pypi.org"]);
  expect(policy.blockedCommands).toEqual([]);
});

test("a project's file takes away, and gives nothing", () => {
  const user = policyOf(
    file({
      timeout: "1m",
      network: ["a.org", "b.org"],
      env: ["A", "B"],
      unconfined: ["bash"],
      allowed_commands: ["ls", "cat"],
    }),
  );

  const generous = tightened(
    user,
    file({
      timeout: "5m",
      memory: "8GiB",
      network: "on",
      env: ["A", "C"],
      unconfined: ["python"],
      require: "process",
      security: "low",
      blocked_commands: [],
      allowed_commands: ["ls", "rm"],
    }),
  );
  expect(generous).toEqual({ ...user, env: ["A"], unconfined: [], allowedCommands: ["ls"] });

  const strict = tightened(
    user,
    file({
      timeout: "5s",
      network: ["b.org", "c.org"],
      languages: ["sql"],
      require: "namespace",
      security: "high",
      imports: ["json"],
      blocked_commands: ["git push"],
    }),
  );
  expect(strict).toMatchObject({
    limits: { wallMs: 5_000 },
    network: ["b.org"],
    languages: ["sql"],
    require: "namespace",
    security: "high",
    imports: ["json"],
    env: ["A", "B"],
  });
  expect(strict.blockedCommands).toContain("git push");
  expect(strict.blockedCommands).toContain("rm -r /");
});

test("where the user's network is on, a project's hosts are what is left of it", () => {
  const user = policyOf(file({ network: true }));

  expect(user.network).toBe("on");
  expect(tightened(user, file({ network: ["a.org"] })).network).toEqual(["a.org"]);
  expect(tightened(user, file({ network: false })).network).toBe("off");
  expect(tightened(policyOf({}), file({ network: ["a.org"] })).network).toBe("off");
});

test.each([
  [{ timeout: "11m" }],
  [{ timeout: 5 }],
  [{ memory: "1MiB" }],
  [{ network: ["http://a.org"] }],
  [{ network: ["*"] }],
  [{ env: ["A=B"] }],
  [{ nothing: 1 }],
])("PolicyFile refuses %j", (said) => {
  expect(PolicyFile.safeParse(said).success).toBe(false);
});
