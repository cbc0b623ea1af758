#!/usr/bin/env bash
# Tries the REST API with whatever its document allows and forbids (schemathesis): a demo of its own, a key that may do
# everything, a fixed seed. Fails on any finding.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
needs="$PWD/script/rest"
venv="$CACHE/schemathesis"
if ! cmp -s "$needs/requirements.txt" "$venv/installed.txt"; then
    say "installing schemathesis (a minute, once)"
    rm -rf "$venv"
    command -v python3 >/dev/null || debian python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$needs/requirements.txt" >&2
    cp "$needs/requirements.txt" "$venv/installed.txt"
fi

cargo build -q -p server
[ -n "${DATABASE_URL:-}" ] || { DATABASE_URL="$(script/postgres.sh start)"; DATABASE_URL="${DATABASE_URL%/*}/postgres"; }
work="$(mktemp -d)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
url="http://127.0.0.1:$port"
database="baton_rest_$port"
psql="$(ls -d /usr/lib/postgresql/*/bin/psql 2>/dev/null | sort -V | tail -1)"
psql="${psql:-psql}"
"$psql" -q "$DATABASE_URL" -c "create database $database"
DATABASE_URL="${DATABASE_URL%/*}/$database" BATON_ADDRESS="127.0.0.1:$port" BATON_PUBLIC_URL="" BATON_DEMO=1 BATON_GRAPH_URL="" \
    BATON_LOG=warn BATON_API_RATE=1000000 "$TARGET/debug/baton" serve >/dev/null 2>"$work/log" &
server=$!
end() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    "$psql" -q "$DATABASE_URL" -c "drop database if exists $database with (force)" || true
    rm -rf "$work"
}
trap end EXIT
for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; fail "baton does not start"; }
    python3 -c "import urllib.request; urllib.request.urlopen('$url/health')" 2>/dev/null && break
    sleep 0.1
done
python3 "$needs/prepare.py" "$url" "$work"
# From its own folder: it writes what it remembers there.
(cd "$work" && "$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "$url/api/v1/openapi.json" \
    --header "Authorization: Bearer $(cat "$work/key")" --no-color "$@")
if [ -s "$work/log" ]; then cat "$work/log" >&2; fail "The server complained; see above."; fi
