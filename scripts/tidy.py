#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run clang-tidy over the C files of meson build folders, each file once, all processors busy.

usage: tidy.py FOLDER...
How a file is compiled is read from the first folder that compiles it.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def compiled_files(folder: Path) -> list[str]:
    """The C files of a build folder, in its order."""
    commands = json.loads((folder / "compile_commands.json").read_text())
    paths = (os.path.normpath(os.path.join(c["directory"], c["file"])) for c in commands)
    return [path for path in paths if path.endswith(".c")]


def tidy(job: tuple[str, Path]) -> subprocess.CompletedProcess[str]:
    path, folder = job
    # The commands are those of another compiler, whose warnings clang need not know.
    unknown = "--extra-arg=-Wno-unknown-warning-option"
    command = ["clang-tidy", "-p", str(folder), "--quiet", unknown, path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    jobs: dict[str, Path] = {}
    for folder in map(Path, sys.argv[1:]):
        for path in compiled_files(folder):
            jobs.setdefault(path, folder)
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(tidy, jobs.items()):
            if result.returncode != 0:
                failed += 1
                print(result.stdout or result.stderr, end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
