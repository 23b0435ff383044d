# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests against a broker, which scripts/test-kafka.sh starts."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "python"))

from kafka_admin import Admin  # noqa: E402  (found here, but not before the line above)

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def broker() -> str:
    """Address and port."""
    address = os.environ.get("NMSG_KAFKA_BROKER")
    if not address:
        pytest.exit("NMSG_KAFKA_BROKER names no broker: use `make test-kafka`", returncode=1)
    return address


@pytest.fixture(scope="session")
def secure(broker: str) -> tuple[str, str]:
    """Address and port where the broker wants TLS and SASL, and the file of its authority."""
    folder = Path(os.environ.get("NMSG_KAFKA_FOLDER", TOP / "build" / "kafka"))
    address = folder / "secure-address"
    if not address.exists():
        pytest.skip("there was no openssl to make a certificate")
    return address.read_text(), str(folder / "ca.pem")


@pytest.fixture(scope="session")
def admin(broker: str) -> Admin:
    return Admin(broker)


@pytest.fixture
def topic(admin: Admin) -> Callable[..., str]:
    """Makes a topic with so many partitions and gives its name."""

    def make(partitions: int = 1) -> str:
        name = f"test-{os.getpid()}.{next(numbers)}"
        admin.create(name, partitions)
        return name

    return make


@pytest.fixture
def group() -> str:
    """The name of a group that nobody is in."""
    return f"group-{os.getpid()}.{next(numbers)}"


class Control:
    """Ends and starts the broker."""

    def _call(self, what: str) -> None:
        subprocess.run([TOP / "scripts" / "kafka-broker.sh", what], check=True, timeout=90)

    def kill(self) -> None:
        self._call("kill")

    def start(self) -> None:
        self._call("start")


@pytest.fixture
def control(broker: str) -> Iterator[Control]:
    """For a test that ends the broker; it runs again afterwards, at the same address."""
    control = Control()
    yield control
    control.start()


@pytest.fixture
def unused_address() -> Iterator[str]:
    """Where nobody listens, and nobody else will as long as the test runs."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{holder.getsockname()[1]}"


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    """No test waits for ever."""

    def give_up(number: int, frame: object) -> None:
        raise TimeoutError("the test takes too long")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
