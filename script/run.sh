#!/usr/bin/env bash
# Sets up what is missing, builds, and serves the demo desk.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
[ -d "$TARGET/release" ] || say "building Baton: about a quarter of an hour the first time on two cores, seconds after that"
script/web.sh
say "building the server"
cargo build --release -p server
if [ -z "${DATABASE_URL:-}" ]; then DATABASE_URL="$(script/postgres.sh start)"; export DATABASE_URL; fi
export BATON_DEMO="${BATON_DEMO:-1}"
exec "$TARGET/release/baton" serve
