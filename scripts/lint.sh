#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that can be said about the sources without running them. All checks run; the exit
# status is 1 if one of them complained.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
scripts/build.sh || exit 1
. scripts/lib.sh

complaints=0

check() { # TITLE COMMAND...
    printf '== %s\n' "$1"
    shift
    "$@" || complaints=$((complaints + 1))
}

c_format() {
    c_files | xargs -0 -r clang-format --dry-run --Werror --ferror-limit=1
}

# The second folder has what the first leaves out where optional libraries are installed.
clang_tidy() {
    configure build/lint && configure build/lint-bare -Dpython=false -Dlibdeflate=disabled \
        -Dpcap=disabled -Dzmq=disabled -Dkafka=disabled &&
        python scripts/tidy.py build/lint build/lint-bare
}

stubs() {
    python -m mypy.stubtest --mypy-config-file pyproject.toml nmsg
}

# Pages for man: what either of two formatters complains about. A page without date is meant to be.
man_pages() {
    local page tool complaints=""
    for page in docs/man/*.[1-9]; do
        for tool in "mandoc -T lint -W warning" "groff -man -t -ww -b -z -Tutf8"; do
            if command -v "${tool%% *}" >/dev/null; then
                complaints+=$($tool "$page" 2>&1 | grep -v 'missing date')
            fi
        done
    done
    [ -z "$complaints" ] || ! echo "$complaints"
}

check "clang-format" c_format
check "clang-tidy" clang_tidy
check "ruff check" ruff check --quiet .
check "ruff format" ruff format --quiet --check .
check "mypy" mypy
check "stubtest" stubs
check "man pages" man_pages
check "layers" python scripts/check_layers.py
check "style" python scripts/check_style.py
if [ "$complaints" -gt 0 ]; then
    echo "lint: $complaints checks complain"
    exit 1
fi
echo "lint: nothing to complain about"
