#!/usr/bin/env bash
# Builds one binary that carries its web files and migrations.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
script/web.sh
cargo build --release -p server
mkdir -p dist
cp "$TARGET/release/baton" dist/baton
ls -l dist/baton
