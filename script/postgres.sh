#!/usr/bin/env bash
# A private Postgres cluster for `make run` and `make test`. Starts it where it does not run, and prints its URL.
# usage: postgres.sh start | stop
. "$(dirname "$0")/lib.sh"

bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)"
[ -n "$bin" ] || { command -v pg_ctl >/dev/null && bin="$(dirname "$(readlink -f "$(command -v pg_ctl)")")"; } || true
if [ -z "$bin" ]; then
    say "installing Postgres"
    debian postgresql
    bin="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)"
fi

data="${BATON_DATA:-.data}"
mkdir -p "$data"
data="$(cd "$data" && pwd)"
run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    # Postgres refuses to run as root.
    run() { runuser -u postgres -- "$@"; }
    if ! run test -x "$data" || ! { mkdir -p "$data/postgres" && chown postgres "$data/postgres" && run test -w "$data/postgres"; }; then
        rmdir "$data/postgres" 2>/dev/null || true
        data="/var/lib/baton-$(printf %s "$data" | sha256sum | cut -c1-12)"
        mkdir -p "$data" && chown postgres "$data"
        say "the user postgres cannot reach the data folder; the cluster is in $data"
    fi
fi
cluster="$data/postgres"
port_file="$data/postgres-port"

if [ "${1:-start}" = stop ]; then
    [ -f "$cluster/PG_VERSION" ] && run "$bin/pg_ctl" -D "$cluster" -m fast -w stop >&2 || true
    exit
fi

if [ ! -f "$cluster/PG_VERSION" ]; then
    say "making a private Postgres cluster in $cluster"
    mkdir -p "$cluster"
    [ "$(id -u)" = 0 ] && chown postgres "$cluster"
    password="$(head -c 18 /dev/urandom | od -An -tx1 | tr -d ' \n')"
    (umask 077; printf '%s\n' "$password" > "$data/postgres-password")
    [ "$(id -u)" = 0 ] && chown postgres "$data/postgres-password"
    run "$bin/initdb" -D "$cluster" -U baton -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --pwfile="$data/postgres-password" >/dev/null
fi
if [ ! -f "$port_file" ]; then
    port="${BATON_PG_PORT:-}"
    if [ -z "$port" ]; then
        port="$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')"
    fi
    echo "$port" > "$port_file"
fi
port="${BATON_PG_PORT:-$(cat "$port_file")}"
url="postgres://baton:$(cat "$data/postgres-password")@127.0.0.1:$port/baton"

if ! run "$bin/pg_ctl" -D "$cluster" status >/dev/null 2>&1; then
    # A session of its own, so that Ctrl-C of `make run` does not reach it.
    run setsid "$bin/pg_ctl" -D "$cluster" -w -t 60 -l "$cluster/log" start \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=256MB" >/dev/null \
        || { tail -5 "$cluster/log" >&2; fail "Postgres does not start; the lines above say why."; }
fi
PGPASSWORD="$(cat "$data/postgres-password")" "$bin/psql" -h 127.0.0.1 -p "$port" -U baton -d postgres -qAtc \
    "select 1 from pg_database where datname = 'baton'" | grep -q 1 ||
    PGPASSWORD="$(cat "$data/postgres-password")" "$bin/createdb" -h 127.0.0.1 -p "$port" -U baton baton
echo "$url"
