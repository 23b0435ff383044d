#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rewrites C and Python sources in the house format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh
. scripts/lib.sh

c_files | xargs -0 -r clang-format -i
ruff check --quiet --select I --fix .
ruff format --quiet .
