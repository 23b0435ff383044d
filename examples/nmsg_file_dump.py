#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print every message of a file, or of standard input if the file is called "-".

Damaged containers and messages are passed over; if there were any, a line on standard error says
so at the end, and the exit status is 1.
"""

import argparse
import signal
import sys
from io import TextIOWrapper
from typing import NoReturn

import nmsg


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


def dump_file(infile: str) -> None:
    standard_input = 0
    source = standard_input if infile == "-" else infile
    with nmsg.input.open_file(source, errors="skip") as reader:
        for m in reader:
            dump(m)
    bad = reader.stats.bad
    if any(bad):
        raise nmsg.Error(f"{infile}: skipped {bad.containers} containers, {bad.payloads} messages")


def main() -> None:
    parser = Parser(description="dump the contents of an NMSG file")
    parser.add_argument("infile", help="file containing NMSG datagrams")
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        dump_file(args.infile)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
