#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same as nmsg_count_types.py, on a Dask cluster.

That is a local one, which ends with the program, unless --scheduler names another, whose workers
need this module, and the files at the same paths.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

import nmsg


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def count_types(piece: nmsg.partition) -> Counter[str]:
    """The work on one piece, on whatever worker gets it."""
    counts: Counter[str] = Counter()
    with nmsg.open(piece) as reader:
        for batch in reader.batches(10_000):
            counts.update(f"{m.vname}:{m.mname}" for m in batch)
    return counts


def count_all(scheduler: str | None, files: Iterable[str], target: str) -> Counter[str]:
    from dask.distributed import Client, as_completed

    pieces = [piece for file in files for piece in nmsg.partitions(file, target)]
    counts: Counter[str] = Counter()
    where = {"address": scheduler} if scheduler else {"dashboard_address": None}
    with Client(**where) as client:
        # Work may be done again when a worker is lost; each result still counts once.
        for _, result in as_completed(client.map(count_types, pieces), with_results=True):
            counts += result
    return counts


def main() -> None:
    parser = Parser(description="count messages by type, with Dask")
    parser.add_argument("files", nargs="+", metavar="file", help="file of NMSG containers")
    parser.add_argument("--target", default="64M", help="size of a piece (default: %(default)s)")
    parser.add_argument("--scheduler", help="address of a cluster (default: start one here)")
    args = parser.parse_args()
    try:
        counts = count_all(args.scheduler, args.files, args.target)
    except ImportError:
        parser.exit(1, f"{parser.prog}: error: needs Dask: pip install 'dask[distributed]'\n")
    except (OSError, ValueError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    for name, count in counts.most_common():
        print(f"{count:12} {name}")


if __name__ == "__main__":
    main()
