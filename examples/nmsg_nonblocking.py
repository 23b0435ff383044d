#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wait for messages with select.poll(), as a program does that has other things to do as well.

Try it with nmsg_message.py in another terminal. Ctrl-C ends it.
"""

import argparse
import ipaddress
import select
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


def number(text: str) -> int:
    """An argument that counts something."""
    if not (text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 999999999")
    return int(text)


def watch(host: str, port: int, timeout_ms: int) -> None:
    with nmsg.input.open_sock(host, port) as reader:
        reader.set_blocking_io(False)  # read() gives None when no message is there.
        poll = select.poll()
        poll.register(reader.fileno(), select.POLLIN)
        while True:
            if not poll.poll(timeout_ms):
                print("Nope, no NMSG...")
            while (m := reader.read()) is not None:
                nmsg.print_nmsg_header(m, sys.stdout)


def main() -> None:
    parser = Parser(description="Asynchronous IO polling example")
    parser.add_argument(
        "addr_port",
        nargs="?",
        type=address,
        default="127.0.0.1/9430",
        help="address/port to listen for incoming NMSG datagrams",
    )
    parser.add_argument("-t", "--timeout", type=number, default=1000, help="millisecond timeout")
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        host, port = args.addr_port
        watch(host, port, args.timeout)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
