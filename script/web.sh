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
# One build; what only one split point reaches (`#[wasm_split]`) goes into a file of its own, loaded when it is needed.
# The splitter goes by the linker's relocations.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="${CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS:---cfg=erase_components} \
    -Clink-arg=--emit-relocs -Clink-arg=--no-merge-data-segments"
cargo build -p frontend --lib --target wasm32-unknown-unknown --profile "$profile"
site=target/site/pkg
stamp="$(cat "$built/frontend.wasm" package-lock.json script/pack.mjs script/web.sh $(find style -name '*.css' | sort) | sha256sum | cut -c1-64)-$profile"
[ "$(cat target/site/stamp 2>/dev/null)" = "$stamp" ] && exit
say "packing the browser's part"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$TOOLS/bin/wasm-split-cli" --out-name baton "$built/frontend.wasm" "$work/split"
"$TOOLS/bin/wasm-bindgen" --target web --no-typescript --keep-lld-exports --no-demangle --out-name baton --out-dir "$work" "$work/split/baton.wasm"
mv "$work/baton_bg.wasm" "$work/baton.wasm" && rm "$work/split/baton.wasm" && mv "$work"/split/* "$work"
if [ "$profile" = wasm-release ]; then
    # What rustc emits by default and every browser of the last years takes; no newer ones.
    takes="--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
        --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext"
    # What is inlined is the same code twice, and functions beside those of like names repeat each other: for what travels
    # compressed neither more inlining nor any other order is smaller.
    small="-O3 --always-inline-max-function-size=0 --flexible-inline-max-function-size=0 --one-caller-inline-max-function-size=0 \
        --reorder-functions-by-name"
    for file in "$work"/*.wasm; do
        node_modules/.bin/wasm-opt -q $small $takes --strip-debug --strip-producers "$file" -o "$file"
    done
fi
node script/pack.mjs "$work" "$site" "$profile"
echo "$stamp" > target/site/stamp
