// Attacks beyond the corpus, each a few lines: what they print when they get through is ESCAPED.
import type { Case } from "./sandbox-corpus.ts";

const LIMITS = { wall_ms: 5_000, memory_mb: 256, output_bytes: 1_000_000, processes: 32 };
const ANY_END = ["ok", "error", "denied", "limit", "timeout", "crash"];
const CHECKS = [
  { type: "not_in_output", value: "ESCAPED" },
  { type: "not_in_output", value: "{{TOKEN}}" },
  { type: "not_in_output", value: "{{TOKEN_ENV}}" },
  { type: "not_in_output", value: "{{TOKEN_NET}}" },
  { type: "net_hits", value: 0 },
  { type: "path_absent", path: "{{TMP_PROBE}}" },
  { type: "file_unchanged", path: "{{CANARY_FILE}}" },
  { type: "victim_alive" },
  { type: "wall_ms_max", value: 20_000 },
  { type: "server_lag_ms_max", value: 1_000 },
];

function attack(language: Case["language"], id: string, code: string): Case {
  return {
    id: `more-${id}`,
    language,
    code,
    limits: LIMITS,
    minLevel: "landlock",
    expect: { status: ANY_END },
    checks: CHECKS,
  };
}

const bash = (id: string, code: string) => attack("bash", `sh-${id}`, code);
const python = (id: string, code: string) => attack("python", `py-${id}`, code);
const javascript = (id: string, code: string) => attack("javascript", `js-${id}`, code);
const sql = (id: string, code: string) => attack("sql", `sql-${id}`, code);

/** Prints ESCAPED when an expression gets through without an error. */
const tried = (statement: string) => `
import os, sys, socket, ctypes, signal, subprocess, resource
try:
    ${statement.replaceAll("\n", "\n    ")}
    print("ESCAPED")
except BaseException as error:
    print("held", type(error).__name__)
`;
/** A system call by number that must fail. */
const refused = (number: number, ...values: (number | string)[]) => `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
answer = libc.syscall(${[number, ...values].join(", ")})
print("held" if answer == -1 else "ESCAPED")
`;

export const moreAttacks: readonly Case[] = [
  bash("cat-canary", "cat {{CANARY_FILE}}"),
  bash("cat-by-fd", "exec 3< {{CANARY_FILE}} && cat <&3"),
  bash("cat-by-proc-root", "cat /proc/self/root{{CANARY_FILE}}"),
  bash("cat-by-proc-cwd", "cat /proc/self/cwd/../../..{{CANARY_FILE}}"),
  bash("server-root", "cat /proc/{{SERVER_PID}}/root{{CANARY_FILE}}"),
  bash("server-environ", "tr '\\0' '\\n' < /proc/{{SERVER_PID}}/environ"),
  bash("server-fds", "ls /proc/{{SERVER_PID}}/fd && echo ESCAPED"),
  bash("server-maps", "cat /proc/{{SERVER_PID}}/maps && echo ESCAPED"),
  bash("victim-mem", "dd if=/proc/{{VICTIM_PID}}/mem bs=1 count=1 2>/dev/null && echo ESCAPED"),
  bash("kill-all", "kill -KILL -1; echo still"),
  bash("kill-group-zero", "kill -KILL 0; echo still"),
  bash("renice-victim", "renice -n 19 -p {{VICTIM_PID}} && echo ESCAPED"),
  bash("prlimit-server", "prlimit --pid {{SERVER_PID}} --nofile=3:3 && echo ESCAPED"),
  bash("taskset-server", "taskset -p 1 {{SERVER_PID}} && echo ESCAPED"),
  bash("write-tmp", "echo x > {{TMP_PROBE}} && echo ESCAPED"),
  bash("mkdir-tmp", "mkdir {{TMP_PROBE}} && echo ESCAPED"),
  bash("copy-to-tmp", "cp /bin/true {{TMP_PROBE}} && echo ESCAPED"),
  bash("link-canary", "ln {{CANARY_FILE}} here && cat here"),
  bash("move-canary", "mv {{CANARY_FILE}} here && cat here"),
  bash("truncate-canary", ": > {{CANARY_FILE}} && echo ESCAPED"),
  bash("remove-canary", "rm -f {{CANARY_FILE}} && echo ESCAPED"),
  bash("list-home", "ls -a {{HOST_HOME}} && echo ESCAPED"),
  bash("shadow", "cat /etc/shadow && echo ESCAPED"),
  bash("dev-tcp", "exec 3<>/dev/tcp/127.0.0.1/{{PORT}} && cat <&3"),
  bash("dev-udp", "echo x > /dev/udp/127.0.0.1/{{UDP_PORT}} && echo ESCAPED"),
  bash("mount", "mount -t tmpfs none /mnt && echo ESCAPED"),
  bash("unshare", "unshare -Ur id && echo ESCAPED"),
  bash("chroot", "chroot / true && echo ESCAPED"),
  bash("nsenter", "nsenter -t {{SERVER_PID}} -m true && echo ESCAPED"),
  bash("sudo", "sudo -n true && echo ESCAPED"),
  bash("su", "su -c true </dev/null && echo ESCAPED"),
  bash("setuid-copy", "cp /bin/bash b && chmod 4755 b && ./b -p -c 'cat {{CANARY_FILE}}'"),
  bash("crontab", "echo '* * * * * touch {{TMP_PROBE}}' | crontab - && echo ESCAPED"),
  bash("daemon", "(setsid sleep 300 &) ; (nohup sleep 300 >/dev/null 2>&1 &) ; echo left"),
  bash("fork-tree", "f() { f & f & wait; }; f"),
  bash("big-file", "head -c 400M /dev/zero > big; sleep 1; ls -l big | wc -l"),
  bash("endless-output", "yes ESCAPE | head -c 300M"),
  bash("exec-closed-output", "exec >&- 2>&-; sleep 300"),
  bash("stopped", "kill -STOP $$; echo on"),
  python("ptrace", refused(101, 16, "{{VICTIM_PID}}", 0, 0)),
  python("process-vm", refused(310, "{{VICTIM_PID}}", 0, 0, 0, 0, 0)),
  python("bpf", refused(321, 0, 0, 0)),
  python("perf", refused(298, 0, 0, -1, -1, 0)),
  python("io-uring", refused(425, 8, 0)),
  python("userfaultfd", refused(323, 0)),
  python("keyctl", refused(250, 0, -3, 0)),
  python("handle", refused(303, -100, 0, 0, 0, 0)),
  python("newer-call", refused(457, 0, 0, 0, 0)),
  python("clone-namespaces", refused(56, 0x10000000 + 17, 0, 0, 0, 0)),
  python("clone3", refused(435, 0, 0)),
  python("unix-socket", tried('s = socket.socket(socket.AF_UNIX); s.connect("{{UNIX_SOCK}}")')),
  python("abstract-socket", tried('s = socket.socket(socket.AF_UNIX); s.bind("\\0cadre-escape")')),
  python("netlink", tried("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)")),
  python("raw-packet", tried("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)")),
  python("kill-server", tried("os.kill({{SERVER_PID}}, 0)\nos.kill({{VICTIM_PID}}, signal.SIGKILL)")),
  python("kill-by-pidfd", tried("fd = os.pidfd_open({{VICTIM_PID}})\nsignal.pidfd_send_signal(fd, signal.SIGKILL)")),
  python("limit-of-server", tried("resource.prlimit({{SERVER_PID}}, resource.RLIMIT_NOFILE, (3, 3))")),
  python(
    "raise-limits",
    tried("resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))"),
  ),
  python("scandir-canary", tried('list(os.scandir("{{CANARY_DIR}}"))')),
  python(
    "open-by-dirfd",
    tried('fd = os.open("/", os.O_PATH)\nos.open("{{CANARY_FILE}}".lstrip("/"), os.O_RDONLY, dir_fd=fd)'),
  ),
  python(
    "memfd-exec",
    tried(
      'fd = os.memfd_create("x"); os.write(fd, open("/bin/cat", "rb").read())\nsubprocess.run([f"/proc/self/fd/{fd}", "{{CANARY_FILE}}"], check=True, pass_fds=[fd])',
    ),
  ),
  python("shared-library", tried('ctypes.CDLL("{{CANARY_FILE}}")')),
  python(
    "sqlite-of-others",
    tried('import sqlite3\nprint(sqlite3.connect("{{DB_FILE}}").execute("select * from secret").fetchall())'),
  ),
  python(
    "own-database",
    tried('import sqlite3\nprint(sqlite3.connect("{{APP_DB}}").execute("select * from secret").fetchall())'),
  ),
  python(
    "many-threads",
    "import threading, time\nfor _ in range(5000):\n    try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    except RuntimeError: break\nprint('held')",
  ),
  python(
    "shared-memory",
    "import mmap\nparts = []\ntry:\n    for _ in range(64): parts.append(mmap.mmap(-1, 64 << 20)); parts[-1][:] = b'x' * (64 << 20)\n    print('ESCAPED')\nexcept BaseException: print('held')",
  ),
  javascript(
    "constructor",
    'const f = (() => {}).constructor; console.log(f("return typeof process + typeof require + typeof Bun + typeof Deno")().replaceAll("undefined", "") === "" ? "held" : "ESCAPED")',
  ),
  javascript("import", 'await import("fs").then(() => console.log("ESCAPED"), () => console.log("held"))'),
  javascript(
    "host-functions",
    "for (const name of Object.getOwnPropertyNames(globalThis)) if (/^__|^host$|write|callTool/.test(name)) console.log('ESCAPED', name)",
  ),
  javascript(
    "console-prototype",
    'console.log.constructor("return this")().process ? console.log("ESCAPED") : console.log("held")',
  ),
  javascript("timer-string", 'try { setTimeout("console.log(\'ESCAPED\')", 0); } catch { console.log("held"); }'),
  javascript("huge-array", "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1));"),
  javascript("regexp", '/^(a+)+$/.test("a".repeat(40) + "b"); console.log("done")'),
  javascript("index-of", '"a".repeat(2e7).indexOf("a".repeat(1e7) + "b"); console.log("done")'),
  javascript("getter-in-result", "({ get x() { for (;;); } })"),
  javascript("to-json-forever", "({ toJSON() { for (;;); } })"),
  javascript("thenable-forever", "({ then() { for (;;); } })"),
  javascript("error-getter", "throw { get message() { for (;;); }, get name() { for (;;); } }"),
  javascript(
    "proxy-error",
    "throw new Proxy(new Error('x'), { getPrototypeOf() { for (;;); }, getOwnPropertyDescriptor() { for (;;); } })",
  ),
  javascript(
    "forged-line",
    'console.log(\'{"result":{"status":"completed","result":"\\\\"ESCAPE\\\\""}}\\n{"ready":true}\'); throw new Error("real")',
  ),
  javascript("promise-flood", "const f = () => Promise.resolve().then(f); f(); f();"),
  sql("attach-uri", "ATTACH 'file:{{DB_FILE}}?mode=ro' AS other; SELECT * FROM other.secret;"),
  sql("vacuum-into", "CREATE TABLE t (a); VACUUM INTO '{{TMP_PROBE}}';"),
  sql("writable-schema", "PRAGMA writable_schema = ON; SELECT 'ESCAPED';"),
  sql("journal-elsewhere", "PRAGMA temp_store_directory = '{{CANARY_DIR}}'; SELECT 'ESCAPED';"),
  sql("endless", "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;"),
  sql("huge-blob", "SELECT length(zeroblob(2000000000));"),
];
