# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the other scripts from the top folder: takes the tools from .venv, and knows how to set
# up a meson build folder.

export PATH="$PWD/.venv/bin:$PATH"

# configure FOLDER OPTION...  Set FOLDER up with meson; anew when the options, the compiler or the
# tools are others than last time.
configure() {
    local folder=$1 want log
    shift
    want="${CC-} ${CFLAGS-} $* $(cat .venv/.bootstrapped)"
    if [ "$(cat "$folder/.configured" 2>/dev/null)" = "$want" ]; then
        return 0
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    log=$folder.setup.log
    if ! meson setup "$folder" "$@" >"$log" 2>&1; then
        cat "$log"
        return 1
    fi
    printf '%s' "$want" >"$folder/.configured"
}

# Every C file of ours, NUL-terminated.
c_files() {
    local folder
    for folder in src python/ext tools tests fuzz bench; do
        if [ -d "$folder" ]; then
            find "$folder" -name '*.[ch]' -print0
        fi
    done
}
