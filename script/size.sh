#!/usr/bin/env bash
# The budget for what a browser loads before the desk is usable: 300 kB as brotli, script, WebAssembly and style together.
. "$(dirname "$0")/lib.sh"
budget=300000
total=0
for file in target/site/pkg/*.br; do
    size=$(wc -c < "$file")
    printf '%9d  %s\n' "$size" "$(basename "$file")"
    total=$((total + size))
done
printf '%9d  together, of %d\n' "$total" "$budget"
[ "$total" -gt 0 ] && [ "$total" -le "$budget" ] || fail "The browser's part is over its budget."
