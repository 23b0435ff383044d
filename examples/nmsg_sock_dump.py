#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print every message that arrives at an address and port.

Try it with nmsg_message.py in another terminal. Ctrl-C ends it.
"""

import argparse
import ipaddress
import signal
import sys
from io import TextIOWrapper
from typing import NoReturn

import nmsg


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def address(text: str) -> tuple[str, int]:
    """The argument ADDR/PORT."""
    host, _, port = text.rpartition("/")
    try:
        ipaddress.ip_address(host)
        if not (port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not ADDR/PORT, such as 127.0.0.1/9430 or ::1/9430"
        ) from None
    return host, int(port)


def dump(m: nmsg.message) -> None:
    """Print the header, a line for each value, and an empty line."""
    nmsg.print_nmsg_header(m, sys.stdout)
    for key, value in m.items():
        for one in value if isinstance(value, list) else [value]:
            print(f"{key}: {one!r}")
    print()


def listen(host: str, port: int) -> None:
    with nmsg.input.open_sock(host, port) as reader:
        print(f"listening for NMSG datagrams on {host}/{port}...")
        for m in reader:
            dump(m)


def main() -> None:
    parser = Parser(description="listen for NMSG datagrams and dump them to the screen")
    parser.add_argument(
        "addr_port",
        nargs="?",
        type=address,
        default="127.0.0.1/9430",
        help="address/port to listen for incoming NMSG datagrams",
    )
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        host, port = args.addr_port
        listen(host, port)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
