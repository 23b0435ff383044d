#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Replays the seeds of all fuzz targets and reports which lines of the parsers they reach; fails
# when that is below 90 % in any of their folders.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh
. scripts/lib.sh

folder=build/coverage
configure "$folder" -Dpython=false -Dbuildtype=debug -Db_coverage=true
ninja -C "$folder" --quiet
find "$folder" -name '*.gcda' -delete
meson test -C "$folder" --no-rebuild --quiet --print-errorlogs --suite fuzz
status=0
for parsers in wire dns packet text capture; do
    gcovr --root . --filter "src/$parsers/" --fail-under-line 90 "$folder" || status=1
done
exit "$status"
