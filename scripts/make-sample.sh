#!/usr/bin/env bash
# Makes the bundled sample clip: 24 s, 640x360 at 24 fps, H.264 with B-frames and a key frame every 2 s, stereo AAC.
#
#   make-sample.sh OUT
#
# The picture explains what packaging does with it: a clock, the number of the 6 s segment on screen, and a bar with a
# mark at every key frame. The sound ticks each second (higher at a segment's start), together with the white dot.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: make-sample.sh OUT" >&2; exit 2; }
bold=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
mono=/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
command -v ffmpeg >/dev/null || { echo "make-sample.sh: ffmpeg is missing" >&2; exit 1; }
[ -f "$bold" ] && [ -f "$mono" ] || { echo "make-sample.sh: fonts are missing (apt install fonts-dejavu-core)" >&2; exit 1; }

seconds=24
left=40       # of the bar
width=560     # of the bar
row=300       # of the bar

# text FONT SIZE COLOUR X Y TEXT [ENABLE]
text() { printf ",drawtext=fontfile=%s:fontsize=%s:fontcolor=%s:x=%s:y=%s:text='%s':enable='%s'" "$1" "$2" "$3" "$4" "$5" "$6" "${7:-1}"; }
# box X Y W H COLOUR
box() { printf ",drawbox=x=%s:y=%s:w=%s:h=%s:color=%s:t=fill" "$@"; }

frame=null
frame+=$(text "$bold" 64 white $left 48 'Fragmint')
frame+=$(text "$bold" 20 0xd5fff0 $((left + 4)) 124 'one MP4 in, HLS and DASH out, on request')
frame+=$(text "$mono" 44 white $left 196 '00\:%{eif\:floor(t)\:d\:2}.%{eif\:mod(floor(t*1000+0.5)\,1000)\:d\:3}')
frame+=$(text "$mono" 20 0xd5fff0 'w-tw-40' 202 'segment %{eif\:floor(t/6)+1\:d} of 4')
frame+=$(text "$mono" 20 0xd5fff0 'w-tw-40' 228 'frame %{eif\:n\:d\:3}')
frame+=$(text "$bold" 40 white $((left + 256)) 196 '●' 'lt(mod(t,1),0.15)')
frame+=$(box $left $row $width 10 black@0.35)

marks=null
for second in $(seq 0 2 $seconds); do
  height=$((second % 6 == 0 ? 30 : 16))
  marks+=$(box $((left + second * width / seconds - 1)) $((row + 5 - height / 2)) 2 $height white@0.9)
done
marks+=$(text "$mono" 13 0xd5fff0 $left 326 'short marks\: key frames, long marks\: segments')

swell='0.05*(0.6+0.4*sin(2*PI*t/12))'
tick='0.45*exp(-55*mod(t,1))*sin(2*PI*(880+440*lt(mod(t,6),1))*t)'
sound="$swell*(sin(2*PI*196*t)+sin(2*PI*293.66*t))+$tick|$swell*(sin(2*PI*246.94*t)+sin(2*PI*392*t))+$tick"

mkdir -p "$(dirname "$1")"
ffmpeg -nostdin -v error -y \
  -f lavfi -i "gradients=size=640x360:rate=24:duration=$seconds:n=3:c0=0x06382b:c1=0x1f8a66:c2=0x0d4a63:seed=7:speed=0.008:x0=0:y0=0:x1=640:y1=360" \
  -f lavfi -i "color=color=0x7dffcf:size=${width}x10:rate=24:duration=$seconds" \
  -f lavfi -i "aevalsrc='$sound':sample_rate=48000:duration=$seconds" \
  -filter_complex "[0]$frame[frame];[1]scale=${width}:10[full];
    [frame]split[frame][under];[under]crop=${width}:10:$left:$row[under];[full][under]overlay=x='$width*t/$seconds':y=0[bar];
    [frame][bar]overlay=x=$left:y=$row,$marks,format=yuv420p[v]" \
  -map '[v]' -map 2:a -t $seconds \
  -c:v libx264 -threads:v 1 -preset slow -crf 25 -bf 3 -x264-params keyint=48:min-keyint=48:scenecut=0:open-gop=0 \
  -c:a aac -b:a 64k -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -metadata:s:a:0 language=eng \
  "$1"
