#!/usr/bin/env bash
# Makes sure that some Rust toolchain can build for WebAssembly, and prints its name.
. "$(dirname "$0")/lib.sh"

has_wasm() { # toolchain
    local root
    root="$(RUSTUP_TOOLCHAIN=$1 rustc --print sysroot 2>/dev/null)" || return 1
    ls "$root"/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib >/dev/null 2>&1
}

default="$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1)"
for name in "${RUSTUP_TOOLCHAIN:-}" "$default" web; do
    if [ -n "$name" ] && has_wasm "$name"; then echo "$name"; exit; fi
done
if rustup target add wasm32-unknown-unknown --toolchain "$default" >/dev/null 2>&1; then echo "$default"; exit; fi

# Where rustup cannot download: Debian has a newer Rust with its sources, and the standard library is built from them.
say "installing Debian's Rust, since rustup cannot download the WebAssembly target (half a minute, once)"
debian rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
lld="$(readlink /usr/bin/rust-lld || true)"
if [ -n "$lld" ] && [ ! -x "/usr/bin/$lld" ]; then debian "$lld"; fi
say "building the WebAssembly standard library (a minute, once)"
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
mkdir "$build/src" && touch "$build/src/lib.rs"
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' > "$build/Cargo.toml"
(cd "$build" && unset CARGO_TARGET_DIR RUSTUP_TOOLCHAIN &&
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes RUSTC=/usr/bin/rustc /usr/bin/cargo build --release -q \
        --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,panic_unwind >&2)
rm -f "$build"/target/wasm32-unknown-unknown/release/deps/libempty*.rlib
as_root mkdir -p /usr/lib/rustlib/wasm32-unknown-unknown/lib
as_root cp "$build"/target/wasm32-unknown-unknown/release/deps/*.rlib /usr/lib/rustlib/wasm32-unknown-unknown/lib/
rustup toolchain link web /usr
has_wasm web || fail "The WebAssembly standard library could not be built; see above."
# Crates compiled against another build of it must not be mixed in.
rm -rf "$TARGET/wasm32-unknown-unknown"
echo web
