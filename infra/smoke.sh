#!/usr/bin/env bash
# Asks a deployment for a source as a player does, through CloudFront, and says what is wrong.
#
#   smoke.sh URL ASSET        e.g. smoke.sh https://d111111abcdef8.cloudfront.net films/a.mp4, percent-encoded
#
# A 403 "Forbidden. For troubleshooting Function URL authorization issues" means that one of the two grants is missing.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: smoke.sh URL ASSET" >&2; exit 2; }
base="${1%/}/${2#/}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# ask NAME URL STATUS [CURL ARGUMENTS]: body and headers land in $work/NAME and $work/NAME.head.
ask() {
  local name=$1 url=$2 wanted=$3 status
  shift 3
  status=$(curl -sS --max-time 60 -o "$work/$name" -D "$work/$name.head" -w '%{http_code}' "$@" "$url")
  check "$name: $status, not $wanted: $(head -c 200 "$work/$name" 2>/dev/null | tr -d '\0')" [ "$status" = "$wanted" ]
}
check() {
  local what=$1
  shift
  if "$@"; then return; fi
  echo "smoke: $what" >&2
  failed=1
}
header() { grep -i "^$2:" "$work/$1.head" | tail -n 1 | cut -d: -f2- | tr -d '\r' | sed 's/^ *//'; }

ask master "$base/master.m3u8" 200
[ "$failed" -eq 0 ] || exit 1
check "master: no #EXTM3U" grep -q '^#EXTM3U' "$work/master"
check "master: CORS header is missing" [ -n "$(header master access-control-allow-origin)" ]
ask mpd "$base/manifest.mpd" 200
check "mpd: no <MPD" grep -q '<MPD' "$work/mpd"
ask gzip "$base/manifest.mpd" 200 --compressed
check "gzip: the body differs" cmp -s "$work/mpd" "$work/gzip"

playlist=$(grep -v '^#' "$work/master" | head -n 1)
folder="$base/${playlist%/*}"
ask playlist "$base/$playlist" 200
check "playlist: is not immutable" grep -qi '^cache-control:.*immutable' "$work/playlist.head"
init=$(sed -n 's/.*#EXT-X-MAP:.*URI="\([^"]*\)".*/\1/p' "$work/playlist" | head -n 1)
segment=$(grep -v '^#' "$work/playlist" | head -n 1)
ask init "$folder/$init" 200
check "init: no ftyp box" [ "$(head -c 8 "$work/init" | tail -c 4)" = ftyp ]
ask segment "$folder/$segment" 200
check "segment: no moof box" grep -qa moof "$work/segment"
check "segment: is not immutable" grep -qi '^cache-control:.*immutable' "$work/segment.head"
check "segment: has the text of an error in it" bash -c "! grep -qa Lambda-Runtime-Function-Error '$work/segment'"

# The same object from the cache: whole, in part, its headers, and whether it changed.
ask again "$folder/$segment?x=1" 200
check "again: the body differs" cmp -s "$work/segment" "$work/again"
if [ -n "$(header segment x-cache)" ]; then
  check "again: not from the cache: $(header again x-cache)" grep -qi '^x-cache:.*hit' "$work/again.head"
fi
ask part "$folder/$segment" 206 -r 4-7
check "part: not the bytes asked for" [ "$(cat "$work/part")" = "$(head -c 8 "$work/segment" | tail -c 4)" ]
ask head "$folder/$segment" 200 -I
ask same "$folder/$segment" 304 -H "If-None-Match: $(header segment etag)"

ask missing "$base/no-such-manifest.m3u8" 404
ask climbing "${1%/}/x/..%2f${2#/}/master.m3u8" "$(if [ -n "$(header segment x-cache)" ]; then echo 400; else echo 404; fi)"
[ "$failed" -eq 0 ] && echo "smoke: $base plays"
exit "$failed"
