#!/usr/bin/env bash
# The budgets for what a browser loads, in bytes as brotli: before the inbox is usable (script, WebAssembly and style
# together); right after it, with the thread and the profile; after that the dialogs; and what the other pages load besides.
# What several of these share counts where it is loaded first. The budgets are a few hundred bytes above where they
# stand, as much as a word elsewhere may change of them; from here they only go down.
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

# The chunks that the first of these parts loads and none of the others does.
shared() { # part… but what follows is loaded before it
    local part="$1" before="${2:-nothing}"
    awk -v part="$part" -v before="$before" '{ line = $0 " " } line ~ "[ ,](" part ")[ ,]" && line !~ "[ ,](" before ")[ ,]" { print $1 }' target/site/loads |
        sed 's|.*|target/site/pkg/&.*.br|'
}

# shellcheck disable=SC2046 # names without spaces, with stars to be filled in
{
    within "the inbox" 288000 target/site/pkg/{baton,split}.*.br
    within "right after it" 278000 target/site/pkg/{later,thread}.*.br $(shared later)
    within "what opens over it" 63300 target/site/pkg/over.*.br $(shared over later)
    within "the pages beside the desk" 389200 target/site/pkg/{manage,pages,sign_in,phone}.*.br $(shared 'manage|phone|sign_in' 'later|over')
}
