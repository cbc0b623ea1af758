# Sourced by the other scripts: where things are, and how to say what is going on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -f .env ] && { set -a; . ./.env; set +a; }
CACHE="${BATON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/baton}"
TOOLS="$CACHE/tools"
mkdir -p "$CACHE"
# In CI clones come and go; what was compiled stays.
if [ -n "${CI:-}" ]; then export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"; fi
TARGET="${CARGO_TARGET_DIR:-target}"
# Queries are checked against .sqlx, but for the target that checks .sqlx itself.
export SQLX_OFFLINE="${SQLX_OFFLINE:-true}"
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Installs Debian packages, or prints the one line an administrator has to run.
debian() {
    local line="apt-get install -y --no-install-recommends $*"
    command -v apt-get >/dev/null || fail "Please install: $*"
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null
    elif sudo -n true 2>/dev/null; then
        sudo apt-get update -qq >&2 && sudo DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null
    else
        fail "An administrator has to run this once:  sudo sh -c 'apt-get update && $line'"
    fi
}
# Runs something as root where that is allowed.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
