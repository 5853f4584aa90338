import { expect, test } from "bun:test";
import { folders } from "../../../src/runtime/paths.ts";

const HOME = "/home/me";

test.each<[string, string, Record<string, string>, string, string]>([
  ["Linux", "linux", {}, "/home/me/.local/share/cadre", "/home/me/.config/cadre"],
  ["Linux with XDG", "linux", { XDG_DATA_HOME: "/d", XDG_CONFIG_HOME: "/c" }, "/d/cadre", "/c/cadre"],
  ["Linux with empty XDG", "linux", { XDG_DATA_HOME: "" }, "/home/me/.local/share/cadre", "/home/me/.config/cadre"],
  [
    "macOS",
    "darwin",
    { XDG_DATA_HOME: "/d" },
    "/home/me/Library/Application Support/cadre",
    "/home/me/Library/Application Support/cadre",
  ],
  ["Windows", "win32", { USERPROFILE: "/users/me" }, "/users/me/.cadre", "/users/me/.cadre"],
])("folders() on %s", (_name, platform, env, data, config) => {
  expect(folders({ platform, env, homeDir: HOME })).toEqual({ data, config });
});

test("folders() puts everything where it is told to", () => {
  expect(folders({ platform: "linux", env: { XDG_DATA_HOME: "/d" }, homeDir: HOME }, { home: "/mine" })).toEqual({
    data: "/mine",
    config: "/mine",
  });
});

test("folders() puts each kind where it is told to", () => {
  expect(folders({ platform: "linux", env: {}, homeDir: HOME }, { data: "/d" })).toEqual({
    data: "/d",
    config: "/home/me/.config/cadre",
  });
  expect(folders({ platform: "darwin", env: {}, homeDir: HOME }, { home: "/mine", config: "/c" })).toEqual({
    data: "/mine",
    config: "/c",
  });
});
