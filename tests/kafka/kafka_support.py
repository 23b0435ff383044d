# SPDX-License-Identifier: Apache-2.0
"""What the tests against a broker have in common."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import nmsg
from nmsg_support import PATIENCE_SEC

FORMS = ("nmsg", "json", "nmsgp")

# So that nothing takes longer than a test should, even if it goes wrong.
QUICK = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 500, "nmsg.open.patience.ms": 5000}


def message(number: int) -> nmsg.message:
    """One that is told from others by its number."""
    m = nmsg.msgtype.base.ipconn(srcport=number & 0xFFFF, dstport=number >> 16)
    m.time_sec, m.time_nsec = 1_700_000_000, number
    return m


def number_of(m: nmsg.message) -> int:
    return m["dstport"] << 16 | m["srcport"]


def write(url: str, numbers: Iterable[int], **options: Any) -> nmsg.output_stats:
    with nmsg.open(url, "w", **options) as writer:
        for number in numbers:
            writer.write(message(number))
    return writer.stats


def take(reader: nmsg.input, count: int) -> list[int]:
    """The numbers of so many messages; fewer if they do not come in time."""
    taken: list[int] = []
    while len(taken) < count:
        batch = reader.read_batch(count - len(taken), timeout=PATIENCE_SEC)
        if not batch:
            break
        taken += map(number_of, batch)
    return taken


@contextmanager
def beside(function: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Run something in another thread, and be there when it ends."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    yield thread
    thread.join(PATIENCE_SEC)
    assert not thread.is_alive()
