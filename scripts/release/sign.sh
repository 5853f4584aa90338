#!/bin/sh
# Signs a program in the name of whoever publishes it: `sign.sh TARGET PROGRAM`. A system whose secrets are not set keeps
# its programs as they are: ad hoc signed for macOS, unsigned for Windows. Runs on Linux, as the release does.
#   macOS    APPLE_CERTIFICATE (a .p12, base64), APPLE_CERTIFICATE_PASSWORD, and to have Apple notarize it
#            APPLE_API_KEY (the JSON that `rcodesign encode-app-store-connect-api-key` makes)
#   Windows  WINDOWS_CERTIFICATE (a .p12, base64), WINDOWS_CERTIFICATE_PASSWORD, WINDOWS_TIMESTAMP (who says when: an
#            address)
set -eu

target=$1 program=$2
here=$(cd "$(dirname "$0")" && pwd)
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a secret says becomes a file: what stands in a command everybody on the machine can read.
secret() {
  printf '%s' "$2" >"$work/$1"
}

certificate() {
  printf '%s' "$1" | base64 -d >"$work/certificate.p12"
  secret password "$2"
}

case $target in
darwin-*)
  [ -n "${APPLE_CERTIFICATE:-}" ] || { echo "$target keeps its ad hoc signature: no APPLE_CERTIFICATE" && exit 0; }
  certificate "$APPLE_CERTIFICATE" "${APPLE_CERTIFICATE_PASSWORD:?is not set}"
  rcodesign sign --p12-file "$work/certificate.p12" --p12-password-file "$work/password" \
    --code-signature-flags runtime --entitlements-xml-file "$here/entitlements.plist" "$program"
  [ -n "${APPLE_API_KEY:-}" ] || { echo "signed $target; not notarized: no APPLE_API_KEY" && exit 0; }
  secret api-key.json "$APPLE_API_KEY"
  (cd "$(dirname "$program")" && zip -q "$work/cadre.zip" "$(basename "$program")")
  rcodesign notary-submit --api-key-file "$work/api-key.json" --wait "$work/cadre.zip"
  ;;
windows-*)
  [ -n "${WINDOWS_CERTIFICATE:-}" ] || { echo "$target is not signed: no WINDOWS_CERTIFICATE" && exit 0; }
  certificate "$WINDOWS_CERTIFICATE" "${WINDOWS_CERTIFICATE_PASSWORD:?is not set}"
  # With the time in it, the signature holds longer than its certificate does.
  osslsigncode sign -pkcs12 "$work/certificate.p12" -readpass "$work/password" -h sha256 -n cadre \
    ${WINDOWS_TIMESTAMP:+-ts "$WINDOWS_TIMESTAMP"} -in "$program" -out "$work/signed"
  cat "$work/signed" >"$program"
  ;;
*)
  exit 0
  ;;
esac
echo "signed $target"
