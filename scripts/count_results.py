#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Add up the results of scripts/test.sh.

Reads NAME.status (exit status of a step) and NAME.xml (its JUnit results, where it left any) from
the folder given. Prints "N passed, N failed"; a step that failed without a failing test, such as a
compiler error, counts as one failed. Exit status 1 unless something passed and nothing failed.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def count_cases(path: Path) -> tuple[int, int]:
    """Passed and failed test cases of one JUnit file; skipped ones are neither."""
    passed = failed = 0
    for case in ET.parse(path).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" not in outcomes:
            passed += 1
    return passed, failed


def count_folder(folder: Path) -> tuple[int, int]:
    """Passed and failed of all steps."""
    all_passed = all_failed = 0
    for status in sorted(folder.glob("*.status")):
        results = status.with_suffix(".xml")
        passed, failed = count_cases(results) if results.exists() else (0, 0)
        if failed == 0 and status.read_text().strip() != "0":
            failed = 1
        all_passed += passed
        all_failed += failed
    return all_passed, all_failed


def main() -> int:
    passed, failed = count_folder(Path(sys.argv[1]))
    print(f"{passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
