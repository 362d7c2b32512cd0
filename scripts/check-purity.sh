#!/usr/bin/env bash
# Proves that the pure crates stay pure: no I/O, no runtime, no clock, no environment.
#
# Their dependencies must not bring any of these in, and their own code must not name them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pure=(captions isobmff mpegts packaging)
forbidden_crates='^(tokio|mio|socket2|hyper|hyper-util|http|http-body|reqwest|axum|tower|aws-.*|lambda_.*|rustls|native-tls|async-std|smol|futures|rand|getrandom|chrono|time|libc|origin|fragmint)$'
forbidden_names='std::(fs|net|env|process|thread|time|os)\b|SystemTime|Instant::|\btokio::|\baws_|\bprintln!|\beprintln!'

failed=0
for crate in "${pure[@]}"; do
  found=$(cargo tree --locked --package "$crate" --edges normal --prefix none --format '{p}' \
    | awk '{ print $1 }' | sort -u | grep -E "$forbidden_crates" || true)
  if [ -n "$found" ]; then
    echo "purity: $crate depends on:" $found >&2
    failed=1
  fi
  # Unit tests may use what they like; they stand behind `#[cfg(test)]` in files of their own or at the end of a file.
  while IFS= read -r file; do
    named=$(sed '/^#\[cfg(test)\]/,$d' "$file" | grep -nE "$forbidden_names" | grep -vE '^[0-9]+: *//' || true)
    if [ -n "$named" ]; then
      echo "purity: $file names:" >&2
      echo "$named" >&2
      failed=1
    fi
  done < <(find "crates/$crate/src" -name '*.rs' ! -name 'tests.rs' ! -path '*/tests/*' ! -name 'testing.rs')
done
[ "$failed" -eq 0 ] && echo "purity: ${pure[*]} are pure"
exit "$failed"
