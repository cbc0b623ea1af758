#!/usr/bin/env bash
# One part of `make test`. usage: test.sh format | lint | sqlx | unit | rest | e2e
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
packages=(-p domain --features domain/postgres -p app --features app/ssr -p server)

# Tests make databases of their own; they need one to say so in, and it is not the demo's.
test_database() {
    [ -n "${DATABASE_URL:-}" ] || { DATABASE_URL="$(script/postgres.sh start)"; DATABASE_URL="${DATABASE_URL%/*}/postgres"; }
    export DATABASE_URL
}

case "$1" in
format)
    cargo fmt --all --check
    ;;
lint)
    cargo clippy -q "${packages[@]}" --all-targets -- -D warnings
    cargo clippy -q -p frontend --target wasm32-unknown-unknown -- -D warnings
    ;;
sqlx)
    script/tools.sh sqlx
    url="$(script/postgres.sh start)"
    export DATABASE_URL="${url%/baton}/baton_sqlx" SQLX_OFFLINE=false
    export PATH="$TOOLS/bin:$PATH"
    sqlx database drop -y -f >/dev/null 2>&1 || true
    sqlx database create && sqlx migrate run --source domain/migrations >/dev/null
    if [ "${2:-}" = prepare ]; then set --; else set -- --check; fi
    (cd domain && cargo sqlx prepare "$@" -- --features postgres --all-targets)
    ;;
unit)
    test_database
    # What failed and why stays within the last lines of a log; ask for more by RUST_BACKTRACE=1 where it is run by hand.
    # Random walks are few by hand and many here; PROPTEST_CASES says how many.
    [ -z "${CI:-}" ] || export RUST_BACKTRACE=0 PROPTEST_CASES="${PROPTEST_CASES:-10000}"
    script/tools.sh nextest
    export PATH="$TOOLS/bin:$PATH"
    cargo nextest run "${packages[@]}" --no-fail-fast
    ;;
rest)
    shift
    exec script/rest.sh "$@"
    ;;
e2e)
    script/web.sh
    cargo build -q -p server
    test_database
    CHROMIUM="$(script/chromium.sh)"; export CHROMIUM
    BATON="$(cd "$TARGET" && pwd)/debug/baton"; export BATON
    shift
    cd end2end && npx playwright test "$@"
    ;;
*)
    fail "usage: test.sh format | lint | sqlx | unit | rest | e2e"
    ;;
esac
