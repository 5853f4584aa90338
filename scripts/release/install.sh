#!/bin/sh
# Installs cadre for this account: downloads the executable for this machine, checks its sum, puts it into place.
# Nothing is run before the last line: a download that was cut does nothing.
#
#   install.sh [--to FOLDER] [--version VERSION] [--from ADDRESS]

main() {
  set -eu
  from="${CADRE_RELEASES:-@RELEASES@}"
  to="${CADRE_INSTALL_DIR:-$HOME/.local/bin}"
  version=latest
  while [ $# -gt 0 ]; do
    case "$1" in
      --to) to="$2"; shift 2 ;;
      --version) version="$2"; shift 2 ;;
      --from) from="$2"; shift 2 ;;
      *) fail "unknown flag $1" "There are --to FOLDER, --version VERSION and --from ADDRESS." ;;
    esac
  done
  case "$version" in latest) base="$from/latest/download" ;; *) base="$from/download/v${version#v}" ;; esac

  target="$(system)-$(machine)$(libc)"
  archive="cadre-$target.tar.gz"
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT INT TERM

  mkdir -p "$to" 2>/dev/null && [ -w "$to" ] || fail "cannot write into $to" "Choose another folder with --to FOLDER."
  echo "cadre for $target, from $base"
  fetch "$base/SHA256SUMS" "$work/SHA256SUMS"
  fetch "$base/$archive" "$work/$archive"
  wanted="$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")"
  [ -n "$wanted" ] || fail "the list of sums does not name $archive" "This release has no executable for this machine."
  found="$(sum "$work/$archive")"
  [ "$wanted" = "$found" ] || fail "the sum of $archive is wrong" "The download was damaged, or changed on the way: try again."
  tar -xzf "$work/$archive" -C "$work"
  chmod 755 "$work/cadre"
  said="$("$work/cadre" --version)" || fail "what was downloaded does not start" "On Alpine it takes: apk add libstdc++ libgcc"
  # In one step: a cadre that runs keeps the old file.
  cp "$work/cadre" "$to/.cadre.new"
  mv -f "$to/.cadre.new" "$to/cadre"
  echo "installed $said as $to/cadre"
  case ":$PATH:" in
    *":$to:"*) echo "next: cadre setup" ;;
    *) echo "next: $to/cadre setup      (and put $to on your PATH)" ;;
  esac
}

fail() {
  echo "error $1" >&2
  echo "  → $2" >&2
  exit 1
}

system() {
  case "$(uname -s)" in
    Linux) echo linux ;;
    Darwin) echo darwin ;;
    *) fail "no executable for $(uname -s)" "On Windows run install.ps1." ;;
  esac
}

machine() {
  case "$(uname -m)" in
    x86_64 | amd64)
      # A shell under Rosetta says x64 on Apple silicon.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then echo arm64; else echo x64; fi ;;
    arm64 | aarch64) echo arm64 ;;
    *) fail "no executable for $(uname -m)" "Build it from source: bun build.ts" ;;
  esac
}

libc() {
  [ "$(uname -s)" = Linux ] || return 0
  if ls /lib/ld-musl-* >/dev/null 2>&1 && ! ls /lib64/ld-linux-* /lib/ld-linux-* >/dev/null 2>&1; then echo -musl; fi
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --proto '=https,http' -o "$2" "$1" || fail "cannot fetch $1" "See whether the address can be reached."
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1" || fail "cannot fetch $1" "See whether the address can be reached."
  else
    fail "there is neither curl nor wget" "Install one of them, or download $1 yourself."
  fi
}

sum() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256 "$1" | cut -d ' ' -f 1
  else fail "there is neither sha256sum nor shasum" "Install one of them: what is not checked is not installed."
  fi
}

main "$@"
