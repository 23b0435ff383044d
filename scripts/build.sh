#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the package into .venv as `pip install .` would, unless nothing changed since the last time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh
. scripts/lib.sh

stamp=.venv/.built
inputs=()
for input in meson.build meson_options.txt pyproject.toml README.md LICENSE docs/man src python \
    tools; do
    [ ! -e "$input" ] || inputs+=("$input")
done

# A folder that is set up already cannot be told of options that are new.
if [ ! -e "$stamp" ] || [ meson_options.txt -nt "$stamp" ]; then
    rm -rf build/python
fi
if [ -e "$stamp" ]; then
    newer=$(find "${inputs[@]}" -name __pycache__ -prune -o -newer "$stamp" -print -quit)
    [ -n "$newer" ] || exit 0
fi
echo "build: installing the package into .venv"
mkdir -p build/python
touch "$stamp.begun" # Taken before the build, so that what changes during it counts as changed.
python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps \
    --config-settings=build-dir=build/python .
mv "$stamp.begun" "$stamp"
