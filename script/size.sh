#!/usr/bin/env bash
# The budgets for what a browser loads, in bytes as brotli: before the inbox is usable (script, WebAssembly and style
# together); right after it, with the thread and the profile; after that the dialogs; and what several of these and the
# other pages share, of which each loads a part. The aim for the inbox is 300 kB; the budgets are where they stand, so that
# from here they only go down.
. "$(dirname "$0")/lib.sh"

within() { # what budget file…
    local what="$1" budget="$2" total=0 size
    shift 2
    for file in "$@"; do
        size=$(wc -c < "$file")
        printf '%9d  %s\n' "$size" "$(basename "$file")"
        total=$((total + size))
    done
    printf '%9d  %s, of %d\n' "$total" "$what" "$budget"
    [ "$total" -gt 0 ] && [ "$total" -le "$budget" ] || fail "The browser's part is over its budget: $what."
}

within "the inbox" 345400 target/site/pkg/{baton,split}.*.br
within "right after it" 168300 target/site/pkg/{later,thread}.*.br
within "what opens over it" 51700 target/site/pkg/over.*.br
within "shared" 162300 target/site/pkg/chunk_*.br
