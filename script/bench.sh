#!/usr/bin/env bash
# Measures a release build on a cluster of its own, and prints the figures.
# usage: bench.sh [start | webhooks | number | held | live | memory | import | history | contacts | search | browser …]; without any, all of them.
# BENCH_RUNS, BENCH_SECONDS (600 for ten minutes at a number's limit), BENCH_CONTACTS,
# BENCH_MESSAGES_EACH, BENCH_STEPS_EACH and BENCH_ROWS set sizes. Before each measurement it waits until the machine's load
# is below 1, BENCH_PATIENCE seconds at most (120). With BENCH_REUSE=1 history, contacts and search measure
# what an earlier run made once more. BENCH_TRACE=file keeps Chromium's trace of the last half minute at work.
. "$(dirname "$0")/lib.sh"
RUSTUP_TOOLCHAIN="$(script/toolchain.sh)"; export RUSTUP_TOOLCHAIN
script/web.sh
cargo build -q --release -p server --bin baton --example bench
BATON_DATA=.data/bench; export BATON_DATA
unset DATABASE_URL
trap 'script/postgres.sh stop' EXIT
cluster="$(script/postgres.sh start)"
cluster="${cluster%/*}/postgres"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(start webhooks number held live memory import history contacts search browser)
measured=()
for part in "${parts[@]}"; do [ "$part" = browser ] || measured+=("$part"); done
# The client has the last core; what it starts takes back the others.
client=(taskset --cpu-list "$(($(nproc) - 1))")
[ ${#measured[@]} -eq 0 ] || "${client[@]}" "$TARGET/release/examples/bench" "$TARGET/release/baton" "$cluster" "${measured[@]}"
case " ${parts[*]} " in
*" browser "*)
    CHROMIUM="$(script/chromium.sh)"; export CHROMIUM
    "$TARGET/release/examples/bench" "$TARGET/release/baton" "$cluster" browser
    ;;
esac
