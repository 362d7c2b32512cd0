#!/usr/bin/env bash
# Makes the sources of the A/V offset measurement: 8 s each, numbered pictures and noise (see signal.mjs).
#
#   make.sh OUTDIR
#
# Their A/V offset is not written down anywhere: measure.mjs reads it from each file.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 1 ] || { echo "usage: make.sh OUTDIR" >&2; exit 2; }
for tool in ffmpeg node python3; do
  command -v "$tool" >/dev/null || { echo "make.sh: $tool is missing; run scripts/install-test-tools.sh" >&2; exit 1; }
done
mkdir -p "$1"
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

node "$here/signal.mjs" pictures >"$work/pictures"
node "$here/signal.mjs" sound >"$work/sound"

ff() { ffmpeg -nostdin -v error -y "$@"; }
edit() { python3 "$here/../fixtures/edit.py" "$@"; }

pictures=(-f rawvideo -pixel_format gray -video_size 256x144 -framerate 25 -i "$work/pictures")
sound=(-f s16le -ar 48000 -ac 1 -i "$work/sound")
exact=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -map 0:v -map 1:a)
# Groups of 2 s. Without a pyramid two B-frames delay pictures by one (40 ms, or 512 of the 12800 ticks).
avc=(-c:v libx264 -threads:v 1 -pix_fmt yuv420p -crf 20 -bf 2
  -x264-params "keyint=50:min-keyint=50:scenecut=0:b-adapt=0:b-pyramid=none:open-gop=0")
# Noise substitution would replace the noise by another.
aac=(-c:a aac -b:a 96k -aac_pns 0)

ff "${pictures[@]}" "${sound[@]}" "${avc[@]}" "${aac[@]}" "${exact[@]}" plain.mp4

# The encoder's 1024 samples and 1088 of silence.
ff "${pictures[@]}" "${sound[@]}" "${avc[@]}" "${aac[@]}" -af adelay=1088S "${exact[@]}" "$work/primed.mp4"
edit "$work/primed.mp4" priming-2112.mp4 "elst audio 8000@2112"

ff "${pictures[@]}" "${sound[@]}" "${avc[@]}" -c:a libopus -b:a 96k "${exact[@]}" opus.mp4
edit plain.mp4 late-audio.mp4 "elst audio 978@-1 8000@1024"
edit plain.mp4 late-video.mp4 "elst video 1000@-1 8000@512"

# Both begin 500 ms in: a picture that depends on 12 before it, and a sample inside an audio frame.
edit plain.mp4 cut.mp4 "elst video 7500@$((6400 + 512))" "elst audio 7500@$((24000 + 1024))"

ff "${pictures[@]}" "${sound[@]}" "${avc[@]}" "${aac[@]}" "${exact[@]}" -movflags +negative_cts_offsets negative-ctts.mp4
ff "${pictures[@]}" "${sound[@]}" "${avc[@]}" -preset ultrafast -bf 0 "${aac[@]}" "${exact[@]}" no-bframes.mp4
