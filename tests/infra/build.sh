#!/usr/bin/env bash
# Builds the functions as a deployment does, for this machine's processor, and puts their programs where the tests look for
# them: target/functions/{manifest,segment,indexer}.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case $(uname -m) in
  x86_64) architecture=x86_64 ;;
  aarch64 | arm64) architecture=arm64 ;;
  *) echo "build: Lambda has no processor like $(uname -m)" >&2; exit 1 ;;
esac
tools=${FRAGMINT_TOOLS:-target/tools}
export PATH="$PWD/$tools/cargo-lambda/bin:$PATH" SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true
log=target/sam-build.log
if ! "$tools/sam/bin/sam" build --no-cached --build-dir target/sam \
  --parameter-overrides "Architecture=$architecture" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
mkdir -p target/functions
for function in manifest segment indexer; do
  name="${function^}Function"
  built="target/sam/$name/bootstrap"
  [ -x "$built" ] || { echo "build: sam build made no $built" >&2; exit 1; }
  cp "$built" "target/functions/$function"
done
