#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Send encode messages: payloads in one of five formats that programs exchange data in.

Start nmsg_encode_hello_server.py in another terminal to see them arrive. YAML and MsgPack need a
library that Python does not bring along:

    pip install PyYAML msgpack
"""

import argparse
import importlib
import ipaddress
import json
import signal
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any, NoReturn

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


def library(name: str, package: str) -> Any:
    """A module that may be missing, and the package that has it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{package} is missing, install it by: pip install {package}") from None


def hello(i: int) -> dict[str, Any]:
    return {"hello": "world", "foo": "bar", "id": i}


def text(i: int) -> bytes:
    return f"hello world {i}".encode()


def to_json(i: int) -> bytes:
    return json.dumps(hello(i)).encode()


def to_yaml(i: int) -> bytes:
    return bytes(library("yaml", "PyYAML").safe_dump(hello(i), encoding="utf-8"))


def to_msgpack(i: int) -> bytes:
    return bytes(library("msgpack", "msgpack").packb(hello(i)))


def to_xml(_i: int) -> bytes:
    root = ET.Element("hello")
    root.text = "world"
    return ET.tostring(root)


ENCODERS: dict[str, Callable[[int], bytes]] = {
    "TEXT": text,
    "JSON": to_json,
    "YAML": to_yaml,
    "MSGPACK": to_msgpack,
    "XML": to_xml,
}


def send(host: str, port: int, kinds: list[str], count: int) -> None:
    for kind in kinds:
        ENCODERS[kind](0)  # If a library is missing, nothing is sent.
    print(f"sending NMSG datagrams to {host}/{port}")
    with nmsg.output.open_sock(host, port) as writer:
        writer.set_buffered(False)
        for kind in kinds:
            for i in range(count):
                writer.write(nmsg.msgtype.base.encode(type=kind, payload=ENCODERS[kind](i)))
            dummy = "dummy " if kind == "XML" else ""
            print(f"sent {count} {dummy}{kind}-encoded payloads")


def main() -> None:
    parser = Parser(description="simple NMSG encode client")
    parser.add_argument(
        "addr_port",
        nargs="?",
        type=address,
        default="127.0.0.1/9430",
        help="address/port to listen for incoming NMSG datagrams",
    )
    parser.add_argument(
        "-i", "--iterations", type=number, default=1, help="number of iterations to send"
    )
    parser.add_argument(
        "-t",
        "--type",
        choices=[*ENCODERS, "ALL"],
        default="TEXT",
        help="NMSG datagram(s) to send, use 'ALL' to send all types",
    )
    args = parser.parse_args()
    kinds = list(ENCODERS) if args.type == "ALL" else [args.type]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # A closed pipe ends the program quietly.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        host, port = args.addr_port
        send(host, port, kinds, args.iterations)
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
