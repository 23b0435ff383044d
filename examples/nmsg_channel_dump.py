#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print every message of a channel: a name for the addresses and ports that something is sent to.

Which these are stands in a file of channel aliases, a line for each channel. To try it without
access to one, make a channel of two ports of your own, in a file that NMSG_CHALIAS_FILE names:

    $ echo 'ch202 127.0.0.1/8430..8431' > channels
    $ NMSG_CHALIAS_FILE=channels ./nmsg_channel_dump.py ch202

and send to it in another terminal, to each of the ports:

    $ ./nmsg_message.py 127.0.0.1/8430
    sending 1 ipconn NMSG datagrams to 127.0.0.1/8430...
    $ ./nmsg_message.py 127.0.0.1/8431
    sending 1 ipconn NMSG datagrams to 127.0.0.1/8431...

Ctrl-C ends it. Without NMSG_CHALIAS_FILE the first file of nmsg.chalias_fnames that exists is read.
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


def dump_channel(channel: str) -> None:
    with nmsg.io() as engine:
        engine.add_input_channel(channel)
        engine.add_output_callback(dump)
        engine.loop()


def main() -> None:
    parser = Parser(description="listen to an NMSG channel and dump its datagrams to the screen")
    parser.add_argument("channel", help="alias of the channel, such as ch202")
    args = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        dump_channel(args.channel)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
