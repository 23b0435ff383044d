# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ for nmsg.open(): the form of its URLs, and sockets that pyzmq holds."""

import re
import sys
from typing import Any
from urllib.parse import parse_qsl, unquote

_URL = re.compile(r"zmq\+(?P<address>(?:tcp|ipc)://(?P<place>[^?]*))(?:\?(?P<query>.*))?", re.S)
_FORMS = (
    "zmq+tcp://ADDRESS:PORT or zmq+ipc://PATH, with ?type=pubsub or pushpull, "
    "mode=accept or connect, hwm=NUMBER"
)
_CHOICES = {"type": ("pubsub", "pushpull"), "mode": ("accept", "connect")}
_QUEUE_LEN = 1000  # NM_ZMQ_QUEUE_LEN in io/zmq_endpoint.h
_QUEUE_MAX = 2**31 - 1
_WAIT_MS = 50


def _parameters(url: str, query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in {*_CHOICES, "hwm"}:
            raise ValueError(f"{url!r}: {name}= is unknown; there are type=, mode= and hwm=")
        if name in found:
            raise ValueError(f"{url!r}: {name}= stands there twice")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"{url!r}: {name} is {' or '.join(_CHOICES[name])}, not {value!r}")
        found[name] = value
    return found


def _queue_len(url: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _QUEUE_MAX):
        raise ValueError(f"{url!r}: hwm is a number of messages from 1 on, not {text!r}")
    return int(text)


def endpoint(url: str, is_writing: bool) -> tuple[str, bool, bool, int]:
    """Address, whether it accepts, whether it is of PUSH and PULL, and how many messages wait."""
    match = _URL.fullmatch(url)
    if match is None or not match["place"]:
        raise ValueError(f"{url!r} is not of the form {_FORMS}")
    parameters = _parameters(url, match["query"] or "")
    address = match["address"]
    if address.startswith("ipc:"):
        address = unquote(address)
    elif ":" not in match["place"]:
        raise ValueError(f"{url!r}: there is no port")
    return (
        address,
        parameters.get("mode", "connect" if is_writing else "accept") == "accept",
        parameters.get("type", "pubsub") == "pushpull",
        _queue_len(url, parameters.get("hwm", str(_QUEUE_LEN))),
    )


class Receiver:
    """The messages of a socket of pyzmq, received by its own methods."""

    def __init__(self, socket: Any, zmq: Any) -> None:
        self.is_shared = socket.type != zmq.SUB  # Others may get what is missing here.
        self._socket = socket
        self._again = zmq.Again
        self._without_waiting = zmq.NOBLOCK

    def receive(self, may_wait: int) -> bytes | None:
        """The next message; None: there is none, though it was waited for a moment if allowed."""
        try:
            parts: list[bytes] = self._socket.recv_multipart(self._without_waiting)
        except self._again:
            if may_wait:
                self._socket.poll(_WAIT_MS)  # Whoever asked will ask again.
            return None
        # Containers come in one part; what comes in several is none, and is counted as such.
        return parts[0] if len(parts) == 1 else b"".join(parts)


def receiver(socket: Any, is_writing: bool) -> Receiver | None:
    """What receives from a socket of pyzmq; None if this is something else."""
    zmq = sys.modules.get("zmq")
    if zmq is None or not isinstance(socket, zmq.Socket):
        return None
    asyncio = sys.modules.get("zmq.asyncio")
    if is_writing:
        raise TypeError(
            "a socket of pyzmq can be read only; to write, open a URL: zmq+tcp://ADDRESS:PORT"
        )
    if asyncio is not None and isinstance(socket, asyncio.Socket):
        raise TypeError(
            "this socket of zmq.asyncio is awaited by its own methods; read what "
            "`await socket.recv()` gives: nmsg.open(octets)"
        )
    if socket.closed:
        raise ValueError("the socket of pyzmq is closed")
    if socket.type in {zmq.PUB, zmq.PUSH}:
        raise ValueError(f"a {zmq.SocketType(socket.type).name} socket can be sent to only")
    return Receiver(socket, zmq)
