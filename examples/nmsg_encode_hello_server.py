#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Receive encode messages, decode their payloads and print them on standard error.

Anybody can send to an open port, so payloads may be made to do harm. Whatever does not decode costs
no more than a line that says so; so does a library that is not there:

    pip install PyYAML msgpack

Messages of other types are dropped. Ctrl-C ends it.
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


def library(name: str, package: str) -> Any:
    """A module that may be missing, and the package that has it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{package} is missing, install it by: pip install {package}") from None


def from_json(payload: bytes) -> str:
    return json.dumps(json.loads(payload), indent=4, sort_keys=True)


def check_yaml(yaml: Any, payload: bytes) -> None:
    """Refuse what takes few lines and endless time.

    Aliases of aliases of aliases print as more text than there is memory, and the time to load
    grows with the square of the depth.
    """
    depth = 0
    for event in yaml.parse(payload, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases are refused")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > 100:
            raise ValueError("more than 100 levels are refused")


def from_yaml(payload: bytes) -> str:
    yaml = library("yaml", "PyYAML")
    check_yaml(yaml, payload)
    return repr(yaml.safe_load(payload))


def from_msgpack(payload: bytes) -> str:
    return repr(library("msgpack", "msgpack").unpackb(payload))


class WithoutDTD(ET.TreeBuilder):
    """Refuses document type definitions: entities are declared there and nowhere else."""

    def doctype(self, *_args: object) -> None:
        raise ValueError("DTDs are refused")


def from_xml(payload: bytes) -> str:
    root = ET.fromstring(payload, ET.XMLParser(target=WithoutDTD()))
    return ET.tostring(root, encoding="unicode")


DECODERS: dict[object, Callable[[bytes], str]] = {
    "TEXT": bytes.decode,
    "JSON": from_json,
    "YAML": from_yaml,
    "MSGPACK": from_msgpack,
    "XML": from_xml,
}


def decode(kind: object, payload: bytes) -> str:
    """The payload as text, or what is wrong with it."""
    try:
        if kind not in DECODERS:
            raise ValueError("nobody here knows this type")
        return DECODERS[kind](payload)
    except Exception as error:  # Decoders have many ways to fail, and the server goes on.
        return " ".join(f"error: {type(error).__name__}: {error}".split())


def printable(text: str) -> str:
    """The text without anything that a terminal would take for a command."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def show(m: nmsg.message) -> None:
    nmsg.print_nmsg_header(m, sys.stderr)
    print(f"type: {m['type']}", file=sys.stderr)
    print(f"payload: {printable(decode(m['type'], m['payload']))}\n", file=sys.stderr)


def serve(host: str, port: int) -> None:
    with nmsg.input.open_sock(host, port) as reader:
        reader.set_filter_msgtype("base", "encode")
        print(f"listening on {host}/{port}")
        for m in reader:
            show(m)


def main() -> None:
    parser = Parser(description="Simple NMSG encoding server")
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
        serve(host, port)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, nmsg.Error) as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
