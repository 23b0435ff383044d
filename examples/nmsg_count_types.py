#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the messages of large files by their type, with several processes.

nmsg.partitions() divides each file, and concurrent.futures hands the pieces out. What a process
does with its piece is one function; put your own in its place.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NoReturn

import nmsg


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def count_types(piece: nmsg.partition) -> Counter[str]:
    """The work on one piece, in a process of its own."""
    counts: Counter[str] = Counter()
    with nmsg.open(piece) as reader:
        for batch in reader.batches(10_000):
            counts.update(f"{m.vname}:{m.mname}" for m in batch)
    return counts


def count_all(files: Iterable[str], target: str, processes: int | None) -> Counter[str]:
    pieces = [piece for file in files for piece in nmsg.partitions(file, target)]
    # A process that is not forked has no threads and locks of this one halfway.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return sum(pool.map(count_types, pieces), Counter())


def main() -> None:
    parser = Parser(description="count messages by type, in parallel")
    parser.add_argument("files", nargs="+", metavar="file", help="file of NMSG containers")
    parser.add_argument("--target", default="64M", help="size of a piece (default: %(default)s)")
    parser.add_argument("--processes", type=int, help="how many (default: one a processor)")
    args = parser.parse_args()
    try:
        counts = count_all(args.files, args.target, args.processes)
    except (OSError, ValueError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    for name, count in counts.most_common():
        print(f"{count:12} {name}")


if __name__ == "__main__":
    main()
