#!/usr/bin/env bash
# Builds the browser's part into target/site/pkg: hashed names, with brotli and gzip beside them.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
script/tools.sh
profile="${WEB_PROFILE:-wasm-release}"
built="$TARGET/wasm32-unknown-unknown/${profile/#dev/debug}"
small="-Zlocation-detail=none"
if [ "$profile" = wasm-release ] && RUSTC_BOOTSTRAP=1 rustc $small --version >/dev/null 2>&1; then
    RUSTC_WRAPPER="$PWD/script/rustc.sh"; export RUSTC_WRAPPER
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg=erase_components $small"
fi
# Three parts: the desk; the pages that manage; and the simulator's phone. Desks load neither of the others.
parts=(baton manage phone)
for part in "${parts[@]}"; do
    features=(); [ "$part" = baton ] || features=(--features "$part")
    cargo build -p frontend --lib --target wasm32-unknown-unknown --profile "$profile" "${features[@]}"
    cmp -s "$built/frontend.wasm" "$built/$part.wasm" || cp "$built/frontend.wasm" "$built/$part.wasm"
done
site=target/site/pkg
stamp="$(cat "$built"/{baton,manage,phone}.wasm package-lock.json script/pack.mjs script/web.sh $(find style -name '*.css' | sort) | sha256sum | cut -c1-64)-$profile"
[ "$(cat target/site/stamp 2>/dev/null)" = "$stamp" ] && exit
say "packing the browser's part"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# What rustc emits by default and every browser of the last years takes; no newer ones.
takes="--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext"
for part in "${parts[@]}"; do
    "$TOOLS/bin/wasm-bindgen" --target web --no-typescript --out-name "$part" --out-dir "$work" "$built/$part.wasm"
    if [ "$profile" = wasm-release ]; then
        node_modules/.bin/wasm-opt -Oz $takes --strip-debug --strip-producers "$work/${part}_bg.wasm" -o "$work/$part.opt"
        mv "$work/$part.opt" "$work/${part}_bg.wasm"
    fi
done
node script/pack.mjs "$work" "$site" "$profile"
echo "$stamp" > target/site/stamp
