#!/usr/bin/env bash
# Measures a release build on a database of its own, and prints the figures.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
script/web.sh
cargo build -q --release -p server --bin baton --example bench
admin="${DATABASE_URL:-$(script/postgres.sh start)}"
admin="${admin%/*}"
sql() { node -e 'const{Client}=require("./end2end/node_modules/pg");(async()=>{const c=new Client({connectionString:process.argv[1]});await c.connect();for(const s of process.argv.slice(2))await c.query(s);await c.end()})()' "$admin/postgres" "$@"; }
[ -d end2end/node_modules/pg ] || (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund >&2)
sql 'drop database if exists baton_bench with (force)' 'create database baton_bench'
port="$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')"
said="$(mktemp)"
DATABASE_URL="$admin/baton_bench" BATON_DEMO=1 BATON_ADDRESS="127.0.0.1:$port" BATON_LOG=error "$TARGET/release/baton" serve > "$said" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -f "$said"; sql "drop database if exists baton_bench with (force)"' EXIT
until grep -q 'Webhook URL' "$said"; do kill -0 $server || fail "baton did not start"; sleep 0.2; done
webhook="$(sed -n 's/.*Webhook URL *//p' "$said")"
"$TARGET/release/examples/bench" "http://127.0.0.1:$port" "$webhook" "$admin/baton_bench"
