#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Replays the seeds of all fuzz targets and reports which lines of src/wire they reach; fails below
# 90 %.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh
. scripts/lib.sh

folder=build/coverage
configure "$folder" -Dpython=false -Dbuildtype=debug -Db_coverage=true
ninja -C "$folder" --quiet
find "$folder" -name '*.gcda' -delete
meson test -C "$folder" --no-rebuild --quiet --print-errorlogs --suite fuzz
gcovr --root . --filter src/wire/ --fail-under-line 90 "$folder"
