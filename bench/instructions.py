# SPDX-License-Identifier: Apache-2.0
"""Instructions per message, counted by valgrind: a figure that does not depend on the time of day.

A loop runs over a small file once, and in another process several times; the difference holds
neither the start of the interpreter nor the import.
"""

import re
import shutil
from pathlib import Path

from datasets import Dataset
from sides import Side, WorkerError, run_quietly

MESSAGES = 5000
REPEATS = 3
COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")


def is_available() -> bool:
    return shutil.which("valgrind") is not None


def count(side: Side, loop: str, path: str, repeats: int, folder: Path) -> int:
    notes = folder / "callgrind.tmp"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={notes}"]
    command = valgrind + side.command(loop, {"path": path, "repeat": repeats})
    try:
        done = run_quietly(command, dict(side.env) | {"PYTHONHASHSEED": "0"})
    finally:
        notes.unlink(missing_ok=True)
    found = COLLECTED.search(done.stderr)
    if not found:
        raise WorkerError("valgrind did not tell a number of instructions")
    return int(found.group(1))


def per_message(side: Side, loop: str, dataset: Dataset, folder: Path) -> float:
    few = count(side, loop, dataset.path, 1, folder)
    many = count(side, loop, dataset.path, 1 + REPEATS, folder)
    return (many - few) / (REPEATS * dataset.messages)
