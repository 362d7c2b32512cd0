#!/usr/bin/env bash
# Puts the player page and its players into the page bucket of a stack that was deployed with PlayerPage=true.
#
#   deploy-page.sh STACK        needs the AWS CLI, and npm unless the players are installed
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: deploy-page.sh STACK" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
web="$root/crates/fragmint/web"
modules="$web/node_modules"
# Names under which the page asks for players, as in crates/fragmint/src/page.rs.
players=(
  hls.min.js hls.js/dist/hls.min.js
  dash.all.min.js dashjs/dist/modern/umd/dash.all.min.js
  shaka-player.compiled.js shaka-player/dist/shaka-player.compiled.js
  video.min.js video.js/dist/video.min.js
)

say() { echo "deploy-page: $*" >&2; }
output() { aws cloudformation describe-stacks --stack-name "$1" --output text --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue | [0]"; }

bucket=$(output "$1" PageBucketName)
if [ -z "$bucket" ] || [ "$bucket" = None ]; then
  say "the stack $1 has no page bucket: deploy it with PlayerPage=true"
  exit 1
fi
[ -e "$modules/${players[-1]}" ] || (cd "$web" && npm ci --ignore-scripts --no-audit --no-fund)

# put FILE KEY TYPE: browsers ask again each time, CloudFront each minute; unchanged files are answered with 304.
put() {
  aws s3 cp "$1" "s3://$bucket/$2" --content-type "$3" --cache-control "public, max-age=0, s-maxage=60" --only-show-errors
}
# The page itself comes last, when all that it refers to is there.
for ((i = 0; i < ${#players[@]}; i += 2)); do
  put "$modules/${players[i + 1]}" "-/players/${players[i]}" "text/javascript; charset=utf-8"
done
for file in "$web"/*.js "$web"/players/*.js; do
  put "$file" "-/page/${file#"$web"/}" "text/javascript; charset=utf-8"
done
put "$web/style.css" "-/page/style.css" "text/css; charset=utf-8"
put "$web/index.html" "-/page/index.html" "text/html; charset=utf-8"
say "the page is at $(output "$1" Url)/"
