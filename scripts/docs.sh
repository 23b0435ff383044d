#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the pages of docs/ into build/docs; warnings are errors. They are made of a copy of docs/,
# build/docs-source, to which the pages of the message types are added. DOCS_PYTHON
# names a Python that has the tools of requirements-docs.txt and can import nmsg; by default they
# are installed into .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${DOCS_PYTHON-}
if [ -z "$python" ]; then
    python=.venv/bin/python
    stamp=.venv/.docs
    if ! cmp -s requirements-docs.txt "$stamp"; then
        echo "docs: installing the tools of requirements-docs.txt into .venv"
        "$python" -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
        cp requirements-docs.txt "$stamp"
    fi
fi

source=build/docs-source
rm -rf "$source" build/docs
mkdir -p build
cp -R docs "$source"
export PYTHONDONTWRITEBYTECODE=1
"$python" scripts/make_type_pages.py "$source/types"
NMSG_VERSION=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build)
export NMSG_VERSION
"$python" -m sphinx -q -W --keep-going -b html -d build/docs-cache "$source" build/docs
rm -rf build/docs-cache
echo "docs: build/docs/index.html"
