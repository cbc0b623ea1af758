#!/usr/bin/env bash
# Finds a Chromium for the browser tests, or installs one, and prints where it is (nothing for Playwright's own).
. "$(dirname "$0")/lib.sh"
find_one() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}
if ! cmp -s end2end/package-lock.json end2end/node_modules/.installed; then
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund >&2 && cp package-lock.json node_modules/.installed)
fi
find_one && exit
if (cd end2end && npx playwright install chromium >/dev/null 2>&1); then exit; fi
say "installing Chromium"
debian chromium fonts-inter fonts-noto-core fonts-noto-color-emoji
find_one
