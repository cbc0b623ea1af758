#!/usr/bin/env bash
# Type-checks the server and the browser's part.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
cargo check -p server --all-targets
cargo check -p frontend --target wasm32-unknown-unknown
