#!/usr/bin/env bash
# Installs the tools that turn the browser's part into small files: wasm-bindgen at the version of Cargo.lock,
# and what package-lock.json names. `tools.sh sqlx` installs sqlx-cli instead, `tools.sh nextest` cargo-nextest.
. "$(dirname "$0")/lib.sh"

# Tools are built for a short wait, not for speed.
install() {
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_TARGET_DIR="$CACHE/tools-target" \
        cargo install --root "$TOOLS" "$@" >&2
    rm -rf "$CACHE/tools-target"
}

if [ "${1:-}" = sqlx ]; then
    "$TOOLS/bin/sqlx" --version 2>/dev/null | grep -q ' 0\.9' && exit
    say "installing sqlx-cli (three minutes, once)"
    install sqlx-cli --version '^0.9' --no-default-features --features postgres,rustls
    exit
fi
if [ "${1:-}" = nextest ]; then
    PATH="$TOOLS/bin:$PATH" cargo nextest --version >/dev/null 2>&1 && exit
    say "installing cargo-nextest (seconds, once)"
    venv="$CACHE/nextest"
    command -v python3 >/dev/null || debian python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv
    rm -rf "$venv"
    python3 -m venv "$venv"
    mkdir -p "$TOOLS/bin"
    if "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r script/nextest.txt >&2; then
        ln -sf "$venv/bin/cargo-nextest" "$TOOLS/bin/"
    else
        say "compiling cargo-nextest, since it is not built for this machine (ten minutes, once)"
        install cargo-nextest --locked --version "$(sed -n 's/^.*nextest==\([0-9.]*\).*/\1/p' script/nextest.txt)"
    fi
    exit
fi
version="$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')"
if ! "$TOOLS/bin/wasm-bindgen" --version 2>/dev/null | grep -qx "wasm-bindgen $version"; then
    say "installing wasm-bindgen $version (three minutes, once)"
    install wasm-bindgen-cli --version "$version"
fi
splitter=0.2.4
if ! grep -qs "^\"wasm_split_cli_support $splitter " "$TOOLS/.crates.toml"; then
    say "installing the splitter of WebAssembly (a minute, once)"
    install wasm_split_cli_support --version "$splitter" --features build-binary
fi
if ! cmp -s package-lock.json node_modules/.installed; then
    say "installing the web tools of package-lock.json"
    npm ci --silent --no-audit --no-fund >&2
    cp package-lock.json node_modules/.installed
fi
