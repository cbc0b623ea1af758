#!/bin/sh
# Cargo calls the compiler through this when it builds the browser's part: one of rustc's unstable options, used for
# WebAssembly only, leaves out the places of panics, some kB of what every desk would load.
case " $* " in *wasm32-unknown-unknown*) RUSTC_BOOTSTRAP=1; export RUSTC_BOOTSTRAP ;; esac
exec "$@"
