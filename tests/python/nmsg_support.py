# SPDX-License-Identifier: Apache-2.0
"""What several test files need: waiting with a deadline, other processes, senders and readers."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import nmsg
import nmsg_wire as wire

HERE = Path(__file__).resolve().parent

# The sanitizers' run-times do not tell what memory costs, and everything takes longer.
IS_SANITIZED = os.environ.get("NMSG_SANITIZED") == "1"
SLOWNESS = 4 if IS_SANITIZED else 1

# For what should come at once. Generous: only a broken program waits that long.
PATIENCE_SEC = 20.0 * SLOWNESS

# The longest that a signal or a close() may take to end a wait.
PROMPT_SEC = 0.5 * SLOWNESS


def wait_until(
    condition: Callable[[], Any], what: str = "it", patience_sec: float = PATIENCE_SEC
) -> Any:
    """Ask again and again until the answer is true, and give it."""
    deadline = time.monotonic() + patience_sec
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {patience_sec:.0f} s")
        time.sleep(0.001)


def wait_readable(descriptor: int, patience_sec: float = PATIENCE_SEC) -> None:
    if not select.select([descriptor], [], [], patience_sec)[0]:
        raise TimeoutError(f"descriptor {descriptor} was not readable within {patience_sec:.0f} s")


def is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


# -- messages --


def connection(port: int, **header: Any) -> nmsg.message:
    """A small message; the port tells one from another."""
    message = nmsg.msgtype.base.ipconn(srcport=port)
    for name, value in header.items():
        setattr(message, name, value)
    return message


def ports(messages: Any) -> list[int]:
    """Of messages that connection() or nmsg_wire.conn() made."""
    return [message["srcport"] for message in messages]


def numbered(number: int, length: int = 0) -> nmsg.message:
    """A message with a number of 32 bits and a payload of that length."""
    return nmsg.msgtype.base.pkt(len_frame=number, payload=b"x" * length)


def numbers(messages: Any) -> list[int]:
    """Of messages that numbered() made."""
    return [message["len_frame"] for message in messages]


def decode(data: bytes, msgtype: int, strings: str = "str", **header: Any) -> nmsg.message:
    """A message as a reader gives it, from its serialized fields."""
    payload = wire.Payload(msgtype=msgtype, data=data, **header)
    (message,) = nmsg.nullinput(strings=strings).read(wire.container(payload))
    return message


def rewritten(message: nmsg.message, path: Path, **options: Any) -> nmsg.message:
    """The message after having been written and read."""
    with nmsg.output.open_file(path) as writer:
        writer.write(message)
    with nmsg.input.open_file(path, **options) as reader:
        again = reader.read()
        assert reader.read() is None
    return again


def stored_payload(message: nmsg.message, path: Path) -> list[tuple[int, int | bytes]]:
    """The fields of the payload record in a file with that message."""
    with nmsg.output.open_file(path) as writer:
        writer.write(message)
    (container,), rest = wire.split(path.read_bytes())
    assert rest == b""
    (record,) = container.payloads
    return wire.fields(record)


# -- sockets --


def take(reader: nmsg.input, count: int, patience_sec: float = PATIENCE_SEC) -> list[nmsg.message]:
    """The next `count` messages of a socket input, which is left non-blocking."""
    reader.set_blocking_io(False)
    messages: list[nmsg.message] = []

    def have_all() -> bool:
        while len(messages) < count:
            message = reader.read()
            if message is None:
                return False
            messages.append(message)
        return True

    try:
        wait_until(have_all, patience_sec=patience_sec)
    except TimeoutError:
        raise TimeoutError(f"{len(messages)} of {count} messages came: {reader.stats}") from None
    return messages


def drain(reader: nmsg.input, datagrams: int) -> list[nmsg.message]:
    """All messages of a socket input that was sent so many datagrams."""
    reader.set_blocking_io(False)
    messages: list[nmsg.message] = []

    def have_all() -> bool:
        # In this order: what has been received by now is read afterwards.
        stats = reader.stats
        while (message := reader.read()) is not None:
            messages.append(message)
        return stats.datagrams + stats.lost.kernel >= datagrams

    wait_until(have_all, f"the arrival of {datagrams} datagrams")
    return messages


class Sender:
    """A plain socket that sends what it is given."""

    def __init__(self, address: tuple[str, int]) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect(address)
        self.count = 0

    def __call__(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self.socket.send(datagram)
            self.count += 1

    def close(self) -> None:
        self.socket.close()


# -- other processes --


@contextmanager
def python(code: str, *args: Any, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `code`, killed at the end of the block if it still runs."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    command = [sys.executable, "-c", code, *map(str, args)]
    with subprocess.Popen(command, cwd=HERE, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def run_python(code: str, *args: Any, patience_sec: float = PATIENCE_SEC, **options: Any) -> str:
    """What a Python process printed, which has to end well."""
    with python(code, *args, **options) as process:
        try:
            output, errors = process.communicate(timeout=patience_sec)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(
                f"still running after {patience_sec:.0f} s; printed {output!r} {errors!r}"
            ) from None
    assert process.returncode == 0, errors
    return output or ""


# -- signals --


class Interrupted(Exception):
    """Raised by the signal handler below."""


@contextmanager
def alarm(
    delay_sec: float = 0.1, handler: Callable[[], object] | None = None, interval_sec: float = 0
) -> Iterator[list[float]]:
    """SIGALRM after a while, again after each interval if there is one.

    The handler's default is to raise Interrupted. Gives the times at which it ran.
    """
    times: list[float] = []

    def raise_interrupted() -> NoReturn:
        raise Interrupted

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        times.append(time.monotonic())
        (handler or raise_interrupted)()

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, delay_sec, interval_sec)
    try:
        yield times
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
