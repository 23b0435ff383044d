#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the messages of a file by a function that nmsg calls with each of them.

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


class Counter:
    """Counts how often it was called, with a dot for every 10,000."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _m: nmsg.message) -> None:
        self.count += 1
        if self.count % 10000 == 0:
            print(".", end="", flush=True)

    def tell(self) -> None:
        if self.count >= 10000:
            print()  # Ends the line of dots.
        print(f"count: {self.count}")


def count_file(infile: str) -> None:
    counter = Counter()
    reader = nmsg.input.open_file(infile, errors="skip")
    try:
        with nmsg.io() as engine:
            engine.add_input(reader)
            engine.add_output_callback(counter)
            engine.loop()
    finally:
        counter.tell()
    bad = reader.stats.bad
    if any(bad):
        raise nmsg.Error(f"{infile}: skipped {bad.containers} containers, {bad.payloads} messages")


def main() -> None:
    parser = Parser(description="open an NMSG file and execute a callback function on each message")
    parser.add_argument("infile", help="file containing NMSG datagrams")
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        count_file(args.infile)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
