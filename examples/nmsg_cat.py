#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forward every message from one address and port to another.

What is forwarded shares datagrams with its neighbours, so there may be fewer of them than came in.
Ctrl-C ends it; it then tells on standard error how many messages were received and forwarded, and
what was lost on the way here, counted in three ways: datagrams that the kernel dropped, gaps in the
sequence numbers of the senders, and fragments whose rest did not come. These overlap.
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


def forward(reader: nmsg.input, writer: nmsg.output) -> None:
    for count, m in enumerate(reader, 1):
        writer.write(m)
        if count % 1000 == 0:
            print(".", end="", file=sys.stderr, flush=True)
        if count % 10000 == 0:
            print(count, end="", file=sys.stderr, flush=True)


def tell(reader: nmsg.input, writer: nmsg.output) -> None:
    received, sent = reader.stats, writer.stats
    if sent.messages >= 1000:
        print(file=sys.stderr)  # Ends the line of dots.
    lost = received.lost
    print(
        f"received {received.messages}, forwarded {sent.messages}, "
        f"lost: kernel {lost.kernel}, sequence {lost.sequence}, fragments {lost.fragments}",
        file=sys.stderr,
    )


def redirect(source: tuple[str, int], target: tuple[str, int]) -> None:
    reader = nmsg.input.open_sock(*source)
    writer = nmsg.output.open_sock(*target)
    print("redirecting NMSGS: {}/{}-->{}/{}".format(*source, *target))
    try:
        with reader, writer:  # Leaving the block sends what is still in the buffer.
            forward(reader, writer)
    finally:
        tell(reader, writer)


def main() -> None:
    parser = Parser(description="redirect NMSG datagrams")
    parser.add_argument(
        "-i",
        "--input",
        type=address,
        default="127.0.0.1/8430",
        help="address/port to receive incoming NMSG datagrams",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=address,
        default="127.0.0.1/9430",
        help="address/port to fire outgoing NMSG datagrams",
    )
    args = parser.parse_args()
    if args.input == args.output:
        parser.error("input and output are the same: what is sent would come back for ever")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        redirect(args.input, args.output)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
