#!/usr/bin/env bash
# Builds the browser's part into target/site/pkg: hashed names, with brotli and gzip beside them.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
script/tools.sh
profile="${WEB_PROFILE:-wasm-release}"
cargo build -p frontend --lib --target wasm32-unknown-unknown --profile "$profile"
wasm="$TARGET/wasm32-unknown-unknown/${profile/#dev/debug}/frontend.wasm"
site=target/site/pkg
stamp="$(cat "$wasm" package-lock.json script/pack.mjs script/web.sh $(find style -name '*.css' | sort) | sha256sum | cut -c1-64)-$profile"
[ "$(cat target/site/stamp 2>/dev/null)" = "$stamp" ] && exit
say "packing the browser's part"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$TOOLS/bin/wasm-bindgen" --target web --no-typescript --out-name baton --out-dir "$work" "$wasm"
if [ "$profile" = wasm-release ]; then
    # What rustc emits by default and every browser of the last years takes; no newer ones.
    features="--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
        --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext"
    node_modules/.bin/wasm-opt -Oz $features --strip-debug --strip-producers "$work/baton_bg.wasm" -o "$work/baton_bg.opt"
    mv "$work/baton_bg.opt" "$work/baton_bg.wasm"
fi
node script/pack.mjs "$work" "$site" "$profile"
echo "$stamp" > target/site/stamp
