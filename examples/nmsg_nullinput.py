#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print the messages of containers that the program itself got hold of, by nmsg.nullinput.

Here they come from files, or from standard input, but it could be anything that has octets: a
database, a packet, a message queue. Containers that do not decode are passed over; if there
were any, a line on standard error says so at the end, and the exit status is 1.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import nmsg

HEADER_LEN = 10


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def dump(m: nmsg.message) -> None:
    """Print the header, a line for each value, and an empty line."""
    nmsg.print_nmsg_header(m, sys.stdout)
    for key, value in m.items():
        for one in value if isinstance(value, list) else [value]:
            print(f"{key}: {one!r}")
    print()


def containers(octets: bytes) -> Iterator[bytes]:
    """Take octets apart by the headers of the containers in them."""
    start = 0
    while start < len(octets):
        header = octets[start : start + HEADER_LEN]  # Magic, flags, version, length of the rest.
        if header[:4] != b"NMSG" or header[5:6] != b"\2":
            raise nmsg.Error(f"no container of version 2 at offset {start}")
        end = start + HEADER_LEN + int.from_bytes(header[6:], "big")
        if end > len(octets):
            raise nmsg.Error(f"the container at offset {start} is cut short")
        yield octets[start:end]
        start = end


def dump_file(decoder: nmsg.nullinput, infile: str) -> int:
    """Print what is in a file; the number of containers that did not decode."""
    octets = sys.stdin.buffer.read() if infile == "-" else Path(infile).read_bytes()
    bad = 0
    for container in containers(octets):
        try:
            messages = decoder.read(container)  # None of a fragment, until its rest has come.
        except nmsg.FormatError:
            bad += 1
            continue
        for m in messages:
            dump(m)
    return bad


def main() -> None:
    parser = Parser(description="dump NMSG containers from any bytes")
    parser.add_argument(
        "infile", nargs="*", default=["-"], help="file of NMSG containers, - for standard input"
    )
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        decoder = nmsg.nullinput()  # One for all, as fragments of a message may be in several.
        bad = sum(dump_file(decoder, infile) for infile in args.infile)
        if bad:
            raise nmsg.Error(f"skipped {bad} containers")
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
