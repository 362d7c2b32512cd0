#!/usr/bin/env bash
# An S3 server on this machine, for trying things out: SeaweedFS with its data in target/s3.
#
#   local-s3.sh start    starts it, makes the buckets, and prints what to export
#   local-s3.sh stop     stops it; the data stays
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

weed=target/tools/seaweedfs/bin/weed
folder=$PWD/target/s3
port=8333
master=8334
buckets=(sources indexes)
access_key_id=fragmint
secret_access_key=fragmint-secret
say() { echo "local-s3: $*" >&2; }

# The process, if it runs and is ours: a number may have passed on to another.
running() {
  local process
  process=$(cat "$folder/pid" 2>/dev/null) || return 1
  grep -qs "$folder" "/proc/$process/cmdline" && echo "$process"
}

start() {
  [ -x "$weed" ] || { say "SeaweedFS is missing: run make tools"; exit 1; }
  if ! running >/dev/null; then
    mkdir -p "$folder/data"
    cat >"$folder/identities.json" <<JSON
{"identities": [{"name": "local", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
  "credentials": [{"accessKey": "$access_key_id", "secretKey": "$secret_access_key"}]}]}
JSON
    "$weed" server -s3 -ip=127.0.0.1 -ip.bind=127.0.0.1 -dir="$folder/data" -s3.config="$folder/identities.json" \
      -s3.port=$port -s3.port.grpc=8343 -master.port=$master -master.port.grpc=8344 -volume.port=8335 \
      -volume.port.grpc=8345 -filer.port=8336 -filer.port.grpc=8346 -master.volumeSizeLimitMB=1024 \
      -s3.port.iceberg=0 -s3.port.lance=0 -master.telemetry=false </dev/null >"$folder/log" 2>&1 &
    echo $! >"$folder/pid"
  fi
  for _ in $(seq 100); do
    running >/dev/null || { say "SeaweedFS has ended: see $folder/log"; exit 1; }
    if make_buckets; then
      print_exports
      return
    fi
    sleep 0.3
  done
  say "SeaweedFS does not answer: see $folder/log"
  exit 1
}

# Succeeds once the server takes buckets; those that are there stay as they are.
make_buckets() {
  local listed bucket
  listed=$(echo s3.bucket.list | shell) || return 1
  for bucket in "${buckets[@]}"; do
    grep -qw "$bucket" <<<"$listed" || echo "s3.bucket.create -name $bucket" | shell >/dev/null
  done
  listed=$(echo s3.bucket.list | shell)
  for bucket in "${buckets[@]}"; do
    grep -qw "$bucket" <<<"$listed" || return 1
  done
}

shell() { timeout 20 "$weed" shell -master=127.0.0.1:$master.8344 -filer=127.0.0.1:8336.8346 2>/dev/null; }

print_exports() {
  cat <<EXPORTS
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port
export AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=$access_key_id
export AWS_SECRET_ACCESS_KEY=$secret_access_key
export FRAGMINT_SOURCE_BUCKET=sources FRAGMINT_INDEX_BUCKET=indexes
EXPORTS
  say "the buckets are ${buckets[*]}"
}

stop() {
  local process
  process=$(running) || { say "it does not run"; return; }
  kill "$process"
  for _ in $(seq 100); do
    running >/dev/null || { rm -f "$folder/pid"; return; }
    sleep 0.1
  done
  kill -9 "$process"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
