// Completion scripts, made from the table of commands: words first, then the flags of what is written already.
import type { Command } from "./command.ts";

export const SHELLS = ["bash", "zsh", "fish", "pwsh"] as const;
export type Shell = (typeof SHELLS)[number];

interface Words {
  /** What may follow these words; the key is the words, joined by spaces. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

export function completionScript(shell: Shell, commands: readonly Command[], globals: readonly string[]): string {
  const words = wordsOf(commands, globals);
  return { bash, zsh, fish, pwsh }[shell](words);
}

/** How it is put to use, as the first lines of the script. */
const USE: Readonly<Record<Shell, string>> = {
  bash: '# Put this into ~/.bashrc: eval "$(cadre completions bash)"',
  zsh: '# Put this into ~/.zshrc, behind compinit: eval "$(cadre completions zsh)"',
  fish: "# Put this into ~/.config/fish/config.fish: cadre completions fish | source",
  pwsh: "# Put this into $PROFILE: cadre completions pwsh | Out-String | Invoke-Expression",
};

function wordsOf(commands: readonly Command[], globals: readonly string[]): Words {
  const after = new Map<string, Set<string>>([["", new Set(["help"])]]);
  const flags = new Map<string, readonly string[]>();
  for (const command of commands) {
    command.words.forEach((word, at) => {
      const before = command.words.slice(0, at).join(" ");
      after.set(before, (after.get(before) ?? new Set()).add(word));
    });
    flags.set(
      command.words.join(" "),
      [...Object.keys(command.flags ?? {}), ...globals].map((name) => `--${name}`),
    );
  }
  flags.set(
    "",
    globals.map((name) => `--${name}`),
  );
  return { after: new Map([...after].map(([key, set]) => [key, [...set].sort()])), flags };
}

/** One case for each beginning: what may come next, and which flags there are. */
function cases({ after, flags }: Words, line: (key: string, words: string, flags: string) => string): string[] {
  const keys = [...new Set([...after.keys(), ...flags.keys()])].sort();
  return keys.map((key) =>
    line(key, (after.get(key) ?? []).join(" "), (flags.get(key) ?? flags.get("") ?? []).join(" ")),
  );
}

const shellCases = (words: Words, indent: string) =>
  cases(words, (key, next, flags) => `${indent}"${key}") next="${next}"; flags="${flags}" ;;`).join("\n");

/** Words that are no flags, as far as a command goes by them. */
const SHELL_KEY = `  local key="" word
  for word in "\${said[@]}"; do
    case "$word" in -*) ;; *) [ "$(printf %s "$key" | wc -w)" -lt 2 ] && key="\${key:+$key }$word" ;; esac
  done`;

function bash(words: Words): string {
  return `${USE.bash}
_cadre() {
  local current="\${COMP_WORDS[COMP_CWORD]}" next="" flags=""
  local said=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${SHELL_KEY}
  _cadre_words "$key"
  [ -z "$flags" ] && _cadre_words "\${key%% *}"
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$next" -- "$current") $([ -z "$next" ] && compgen -f -- "$current")) ;;
  esac
}
_cadre_words() {
  case "$1" in
${shellCases(words, "    ")}
  esac
}
complete -F _cadre cadre
`;
}

function zsh(words: Words): string {
  return `${USE.zsh}
#compdef cadre
_cadre() {
  local current="\${words[CURRENT]}" next="" flags=""
  local -a said; said=("\${(@)words[2,CURRENT-1]}")
${SHELL_KEY}
  _cadre_words "$key"
  [ -z "$flags" ] && _cadre_words "\${key%% *}"
  case "$current" in
    -*) compadd -- \${=flags} ;;
    *) if [ -n "$next" ]; then compadd -- \${=next}; else _files; fi ;;
  esac
}
_cadre_words() {
  case "$1" in
${shellCases(words, "    ")}
  esac
}
compdef _cadre cadre
`;
}

function fish(words: Words): string {
  const lines = cases(words, (key, next, flags) => {
    const parts = key === "" ? [] : key.split(" ");
    const condition = `__cadre_said ${parts.map((part) => `'${part}'`).join(" ")}`.trim();
    const rows = next === "" ? [] : [`complete -c cadre -f -n "${condition}" -a "${next}"`];
    const names = flags.split(" ").map((flag) => `-l ${flag.slice(2)}`);
    return [...rows, ...names.map((name) => `complete -c cadre -n "${condition}" ${name}`)].join("\n");
  });
  return `${USE.fish}
function __cadre_said
    set -l said
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; or set -a said $word
    end
    test "$said[1..2]" = "$argv[1..2]"; or test (count $argv) -gt 0 -a "$said[1]" = "$argv" -a (count $argv) -eq 1
end
${lines.join("\n")}
`;
}

function pwsh(words: Words): string {
  const rows = cases(words, (key, next, flags) => `    '${key}' = @('${next}', '${flags}')`);
  return `${USE.pwsh}
Register-ArgumentCompleter -Native -CommandName cadre -ScriptBlock {
  param($current, $line, $position)
  $table = @{
${rows.join("\n")}
  }
  $said = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $current })
  $key = ($said | Select-Object -First 2) -join ' '
  if (-not $table.ContainsKey($key)) { $key = "$($said | Select-Object -First 1)" }
  if (-not $table.ContainsKey($key)) { return }
  $list = if ($current -like '-*') { $table[$key][1] } else { $table[$key][0] }
  $list -split ' ' | Where-Object { $_ -like "$current*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_)
  }
}
`;
}
