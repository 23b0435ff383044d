# SPDX-License-Identifier: Apache-2.0
"""What a process holds: memory by three measures, descriptors and threads.

Scripts beside this one run operations many times, each script in a process of its own, and fail
when something is left behind.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")

# What a round may leave behind: caches grow in steps, and the system counts in pages.
SLACK = {"blocks": 60, "heap": 2048, "resident": 256 * 1024, "descriptors": 0, "threads": 0}
ROUNDS = 6


class _Mallinfo2(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks")),
        ("keepcost", ctypes.c_size_t),
    )


def heap() -> int:
    """Octets that are allocated with malloc() now; 0 where the C library does not tell."""
    function = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if function is None:
        return 0
    function.restype = _Mallinfo2
    info = function()
    return info.uordblks + info.hblkhd


def resident() -> int:
    """Octets of this process in memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except FileNotFoundError:
        return 0


def entries(folder: str) -> int:
    try:
        return len(os.listdir(folder))
    except FileNotFoundError:
        return 0


@dataclass
class Holdings:
    blocks: int
    heap: int
    resident: int
    descriptors: int
    threads: int


def holdings() -> Holdings:
    gc.collect()
    return Holdings(
        blocks=sys.getallocatedblocks(),
        heap=heap(),
        resident=resident(),
        descriptors=entries("/proc/self/fd"),
        threads=entries("/proc/self/task"),
    )


def _left_behind(operation: Callable[[], object], runs: int) -> list[str]:
    least = dict.fromkeys(SLACK, 1 << 62)
    before = holdings()
    for _ in range(ROUNDS):
        for _ in range(runs // ROUNDS):
            operation()
        after = holdings()
        for field in fields(Holdings):
            grown = getattr(after, field.name) - getattr(before, field.name)
            least[field.name] = min(least[field.name], grown)
        before = after
    return [
        f"{operation.__name__} leaks {name}: {grown:+d} every {runs // ROUNDS} runs"
        for name, grown in least.items()
        if grown > SLACK[name]
    ]


def check(*operations: Callable[[], object], runs: int = 10_000) -> None:
    """Exit with a message when an operation leaves something behind.

    What every round of runs leaves behind is a leak, what a single one does is a cache. With the
    sanitizers, which keep freed memory, nothing is measured.
    """
    leaks = []
    for operation in operations:
        if os.environ.get("NMSG_SANITIZED") == "1":
            for _ in range(min(runs, 200)):
                operation()
        else:
            leaks += _left_behind(operation, runs)
    if leaks:
        sys.exit("\n".join(leaks))
