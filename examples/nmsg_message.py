#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Send ipconn messages with made-up connections, each in a datagram of its own.

Start nmsg_sock_dump.py in another terminal to see them arrive. Sending where nobody listens is no
error: nobody answers to a datagram.
"""

import argparse
import ipaddress
import signal
import sys
from io import TextIOWrapper
from typing import NoReturn

import nmsg

SOURCE = int(ipaddress.IPv4Address("127.0.0.0"))
DESTINATION = int(ipaddress.IPv4Address("127.1.0.0"))


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


def connection(i: int) -> nmsg.message:
    """The i-th message; its time is now."""
    return nmsg.msgtype.base.ipconn(
        srcip=str(ipaddress.IPv4Address(SOURCE + i)),
        srcport=i % 65536,
        dstip=str(ipaddress.IPv4Address(DESTINATION + i)),
        dstport=(65535 - i) % 65536,
    )


def send(host: str, port: int, count: int) -> None:
    print(f"sending {count} ipconn NMSG datagrams to {host}/{port}...")
    with nmsg.output.open_sock(host, port) as writer:
        writer.set_buffered(False)  # Else messages share datagrams.
        for i in range(count):
            writer.write(connection(i))


def main() -> None:
    parser = Parser(description="simple NMSG ipconn client")
    parser.add_argument(
        "addr_port",
        nargs="?",
        type=address,
        default="127.0.0.1/9430",
        help="address/port to listen for incoming NMSG datagrams",
    )
    parser.add_argument(
        "-n",
        "-i",
        "--number",
        type=number,
        default=1,
        metavar="NUMBER",
        help="number of NMSG datagrams to send",
    )
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        host, port = args.addr_port
        send(host, port, args.number)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
