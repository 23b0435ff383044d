# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several test files use."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import nmsg
import pytest
from nmsg_support import Sender


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what the cases of tests/e2e give")


def pytest_configure() -> None:
    # Shells have background jobs ignore it, and Python and its children leave it so.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test may put its file."""
    return tmp_path / "test.nmsg"


@pytest.fixture
def receiver() -> Iterator[nmsg.input]:
    """A socket input at a free port of the loopback interface."""
    with nmsg.input.open_sock("127.0.0.1", 0) as reader:
        yield reader


@pytest.fixture
def send(receiver: nmsg.input) -> Iterator[Sender]:
    """Sends datagrams to the receiver."""
    sender = Sender(receiver.address)
    yield sender
    sender.close()


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A UDP port that nobody listens on, and nobody else gets as long as the test runs.

    A socket that is connected elsewhere holds it, so what is sent there is refused.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        holder.connect(("127.0.0.1", 9))
        yield port


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe; the test may close them."""
    ends = os.pipe()
    inodes = [os.fstat(end).st_ino for end in ends]
    yield ends
    for end, inode in zip(ends, inodes, strict=True):
        try:
            still_ours = os.fstat(end).st_ino == inode
        except OSError:
            continue
        if still_ours:
            os.close(end)


@pytest.fixture
def make_file(path: Path) -> Callable[..., Path]:
    """Writes containers into a file and gives its path."""

    def make(*containers: bytes) -> Path:
        path.write_bytes(b"".join(containers))
        return path

    return make
