import { describe, expect, test } from "bun:test";
import { posix, win32 } from "node:path";
import { foldName, mirroredPath } from "../../../src/artifacts/mirrored-path.ts";
import { MIRRORED_NAME_BYTES_MAX, MIRRORED_PATH_BYTES_MAX } from "../../../src/base/limits.ts";
import { Random } from "../../harness/random.ts";

const place = (path: string, workspace?: string) => mirroredPath(path, workspace).join("/");

describe("mirroredPath() leaves plain paths as they are", () => {
  test.each([
    "src/a.ts",
    "README.md",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".env.example",
    "a/b/c/d/e/f/g.txt",
    "docs/Grüße an 世界.md",
    "emoji-🙂.md",
    "with space/and (brackets) [x] {y} ~z.txt",
    "console/com10/lpt/auxiliary.ts",
    "nul-safe.txt",
    "no-ending",
    "..hidden..name",
    "a.tar.gz",
  ])("%s", (path) => expect(place(path)).toBe(path));
});

describe("mirroredPath() takes away what makes a path absolute, or longer than it need be", () => {
  test.each([
    ["/etc/passwd", "etc/passwd"],
    ["//etc//passwd", "etc/passwd"],
    ["./src/./a.ts", "src/a.ts"],
    ["src/../lib/a.ts", "lib/a.ts"],
    ["src\\lib\\a.ts", "src/lib/a.ts"],
    ["C:\\Users\\me\\a.ts", "Users/me/a.ts"],
    ["c:/Users/me/a.ts", "Users/me/a.ts"],
    ["C:a.ts", "a.ts"],
    ["\\\\server\\share\\a.ts", "server/share/a.ts"],
    ["\\\\?\\C:\\a.ts", "a.ts"],
    ["\\\\.\\PhysicalDrive0", "PhysicalDrive0"],
    ["src/a.ts/", "src/a.ts"],
  ])("%s → %s", (path, expected) => expect(place(path)).toBe(expected));
});

describe("mirroredPath() knows the project's own files by their absolute paths", () => {
  test.each([
    ["/home/me/app/src/a.ts", "/home/me/app", "src/a.ts"],
    ["/home/me/app2/src/a.ts", "/home/me/app", "home/me/app2/src/a.ts"],
    ["C:\\Code\\App\\src\\A.ts", "c:/code/app", "src/A.ts"],
    ["\\\\Server\\Share\\App\\a.ts", "//server/share/app", "a.ts"],
    ["/src/a.ts", "/", "src/a.ts"],
    ["/home/me/app/../../../etc/passwd", "/home/me/app", "_up/_up/_up/etc/passwd"],
  ])("%s in %s → %s", (path, workspace, expected) => expect(place(path, workspace)).toBe(expected));
});

describe("mirroredPath() never leads up", () => {
  test.each([
    ["../secret", "_up/secret"],
    ["../../../../../../etc/passwd", "_up/_up/_up/_up/_up/_up/etc/passwd"],
    ["src/../../secret", "_up/secret"],
    ["..\\..\\secret", "_up/_up/secret"],
    ["a/b/../../../c", "_up/c"],
    ["/../../etc/passwd", "_up/_up/etc/passwd"],
    ["..", ""],
    ["../..", ""],
    ["", ""],
    ["/", ""],
    [".", ""],
    ["C:\\", ""],
    ["a/..", ""],
  ])("%s → %s", (path, expected) => expect(place(path)).toBe(expected));
});

const MARK = "~[0-9a-f]{8}";

describe("mirroredPath() gives names that are not plain on every system a plain one, with a mark of what they were", () => {
  test.each([
    ["NUL", "a\0b.ts", `a_b${MARK}.ts`],
    ["a control character", "a\nb\x1b[31m.ts", `a_b_\\[31m${MARK}.ts`],
    ["DEL", "a\x7f.ts", `a_${MARK}.ts`],
    ["what Windows refuses", 'a<b>c"d|e?f*g.ts', `a_b_c_d_e_f_g${MARK}.ts`],
    ["a stream of NTFS", "a.ts:hidden", `a.ts_hidden${MARK}`],
    ["a mark that turns the writing", "invoice\u202ecod.exe", `invoice_cod${MARK}.exe`],
    ["an isolate", "a\u2066b\u2069.ts", `a_b_${MARK}.ts`],
    ["a space without width", "a\u200b.ts", `a_${MARK}.ts`],
    ["a byte order mark", "\ufeffa.ts", `_a${MARK}.ts`],
    ["a filler that is not seen", "a\u3164.ts", `a_${MARK}.ts`],
    ["a line separator", "a\u2028b.ts", `a_b${MARK}.ts`],
    ["a wide slash", "..／..／etc", `.._.._etc${MARK}`],
    ["a wide colon", "c：x", `c_x${MARK}`],
    ["wide dots", "．．/etc", `_．．${MARK}/etc`],
    ["half of a character", "a\ud800.ts", `a\ufffd.ts`],
    ["dots that Windows drops", "a.ts...", `a${MARK}.ts`],
    ["spaces that Windows drops", "a.ts  ", `a${MARK}.ts`],
    ["a folder of dots", ".../a.ts", `_${MARK}/a.ts`],
    ["two dots and a space", ".. /a.ts", `_${MARK}/a.ts`],
    ["spaces alone", "   /a.ts", `_${MARK}/a.ts`],
    ["a device", "CON", `_CON${MARK}`],
    ["a device in small letters", "src/nul", `src/_nul${MARK}`],
    ["a device with an ending", "aux.ts", `_aux${MARK}.ts`],
    ["a device with two endings", "com1.tar.gz", `_com1.tar${MARK}.gz`],
    ["a device with a space", "prn .txt", `_prn ${MARK}.txt`],
    ["a device with a small number", "LPT¹.log", `_LPT¹${MARK}.log`],
    ["a device of the console", "CONOUT$", `_CONOUT\\$${MARK}`],
    ["a wide device", "ＣＯＮ.txt", `_ＣＯＮ${MARK}.txt`],
    ["a repository", ".git/config", `_${MARK}.git/config`],
    ["a repository in large letters", "src/.GIT/hooks/post-checkout", `src/_${MARK}.GIT/hooks/post-checkout`],
    ["a repository with a dot", ".git./config", `_${MARK}.git/config`],
    ["a repository with an unseen character", ".g\u200cit/config", `.g_it${MARK}/config`],
    ["a repository's short name", "GIT~1/config", `_GIT~1${MARK}/config`],
    ["a file of ours that is not finished", ".cadre-0123456789ab.part", `_.cadre-0123456789ab${MARK}.part`],
  ])("%s", (_what, path, expected) => expect(place(path)).toMatch(new RegExp(`^${expected}$`, "u")));

  test("two of them do not become one", () => {
    expect(place("a?.ts")).not.toBe(place("a*.ts"));
    expect(place("CON")).not.toBe(place("con"));
  });
});

describe("mirroredPath() and foldName() know names that are one name elsewhere", () => {
  test("a character in one piece or in two has one place", () => {
    expect(place("docs/Gru\u0308ße.md")).toBe(place("docs/Grüße.md".normalize("NFC")));
  });

  test.each([
    ["README.md", "readme.MD"],
    ["straße", "STRASSE"],
    ["ﬁle", "file"],
    ["Å", "A\u030a"],
    ["ſecret", "secret"],
    ["Kelvin", "Kelvin"],
  ])("foldName(): %s is %s", (one, other) => expect(foldName(one)).toBe(foldName(other)));

  test("foldName() tells others apart", () => {
    expect(foldName("a.ts")).not.toBe(foldName("b.ts"));
  });
});

describe("mirroredPath() shortens what is too long, and keeps the ending", () => {
  test("a long name", () => {
    const name = `${"x".repeat(500)}.test.ts`;

    const [short = ""] = mirroredPath(name);

    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(MIRRORED_NAME_BYTES_MAX);
    expect(short).toMatch(new RegExp(`^x+\\.test${MARK}\\.ts$|^x+${MARK}\\.ts$`));
    expect(place(`${"x".repeat(501)}.test.ts`)).not.toBe(short);
  });

  test("a long name is never cut inside a character", () => {
    const [short = ""] = mirroredPath(`${"🙂".repeat(200)}.md`);

    expect(short.isWellFormed()).toBe(true);
    expect(short).toMatch(new RegExp(`^🙂+${MARK}\\.md$`, "u"));
  });

  test("a deep path", () => {
    const deep = `${"folder/".repeat(100)}a.ts`;

    expect(place(deep)).toMatch(/^~[0-9a-f]{16}\/a\.ts$/);
    expect(place(`${deep}x`)).not.toBe(place(deep));
    expect(place(`x/${deep}`)).not.toBe(place(deep));
  });

  test("a path of up to the limit stays", () => {
    const path = `${"d".repeat(100)}/${"e".repeat(100)}/a.ts`;

    expect(place(path)).toBe(path);
  });
});

const PIECES = [
  ...["..", ".", "/", "\\", "//", "a", "B", "src", "x.ts", "ä", "a\u0308", "🙂", " ", "...", "~", "~1", "-", "$"],
  ...[".git", ".GIT", "git~1", "CON", "nul", "COM1", "lpt9", "aux.", "conin$", "c:", "C:\\", "\\\\?\\", "\\\\srv\\s\\"],
  ...["\0", "\n", "\x1b", "\x7f", "<", ">", ":", '"', "|", "?", "*", "\u202e", "\u200d", "\u2066", "\ufeff", "\ud800"],
  ...["／", "．", "：", "\u2215", "\u3164", "\u2028", "ﬁ", "¹", "\ufe0f", ".cadre-0123456789ab.part", "x".repeat(300)],
];
const FORBIDDEN = /[<>:"|?*\\/\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9])( *\.| *$)/i;

test("whatever a path is made of, its place is below the folder, plain on every system, and its own place", () => {
  const random = new Random("mirrored paths");
  const base = "/project/.cadre/artifacts/task_0/mirrored";

  for (let round = 0; round < 5_000; round++) {
    const path = Array.from({ length: random.int(0, 12) }, () => random.pick(PIECES)).join("");
    const parts = mirroredPath(path, random.isTrue(0.2) ? "/a" : "");
    const joined = parts.join("/");
    const shown = JSON.stringify(path);

    for (const part of parts) {
      expect(part, shown).not.toMatch(FORBIDDEN);
      expect(part.normalize("NFKC"), shown).not.toMatch(/[\\/:]/);
      expect(part, shown).not.toMatch(/^$|^\.+$|[ .]$|^ /);
      expect(part.normalize("NFKC"), shown).not.toMatch(DEVICE);
      expect(foldName(part), shown).not.toMatch(/^\.git$|^git~\d{1,4}$/);
      expect(Buffer.byteLength(part), shown).toBeLessThanOrEqual(MIRRORED_NAME_BYTES_MAX);
    }
    expect(Buffer.byteLength(joined), shown).toBeLessThanOrEqual(MIRRORED_PATH_BYTES_MAX);
    expect(posix.join(base, joined).startsWith(base), shown).toBe(true);
    expect(win32.resolve("C:\\p\\m", ...parts).startsWith("C:\\p\\m"), shown).toBe(true);
    expect(mirroredPath(joined), shown).toEqual(parts);
  }
});
