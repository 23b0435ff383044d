# SPDX-License-Identifier: Apache-2.0
"""The broker goes away and comes back: nothing is lost, and nobody waits for ever."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import nmsg
import pytest
from conftest import Control
from kafka_support import QUICK, beside, message, take, write
from nmsg_support import wait_until

Topic = Callable[..., str]


def test_nothing_is_lost_when_the_broker_is_killed(
    broker: str, topic: Topic, group: str, control: Control
) -> None:
    url = f"kafka://{broker}/{topic(3)}?format=nmsgp"
    total = 60_000
    progress = threading.Event()
    got: Counter[int] = Counter()
    delivered: list[nmsg.output_stats] = []

    def produce() -> None:
        with nmsg.open(url, "w", config={"queue.buffering.max.messages": 5000}) as writer:
            for number in range(total):
                writer.write(message(number))
                if number == total // 3:
                    progress.set()
        delivered.append(writer.stats)

    def consume() -> None:
        config = QUICK | {"auto.commit.interval.ms": 200}
        with nmsg.open(f"{url}&group={group}&offset=oldest", config=config) as reader:
            while len(got) < total:
                got.update(take(reader, 1000 if len(got) + 1000 < total else 1))

    with beside(consume), beside(produce):
        progress.wait(20)
        control.kill()
        time.sleep(1)  # The writer fills its queue and then waits.
        control.start()
        wait_until(lambda: delivered, "delivery of all", 40)
        wait_until(lambda: len(got) == total, "reading of all", 40)
    assert delivered[0].delivered == total and delivered[0].failed == 0
    assert set(got) == set(range(total))
    duplicates = sum(got.values()) - total
    assert duplicates < total  # They are allowed for, but not the rule.


def test_a_writer_waits_and_can_be_interrupted(broker: str, topic: Topic, control: Control) -> None:
    url = f"kafka://{broker}/{topic()}?format=nmsgp"
    config = {"queue.buffering.max.messages": 10}
    writer = nmsg.open(url, "w", buffered=False, config=config)
    writer.write(message(0))
    writer.flush()
    control.kill()
    timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    accepted = 1
    with pytest.raises(KeyboardInterrupt):
        for number in range(1, 100):
            writer.write(message(number))
            accepted = number + 1
    assert 10 <= accepted <= 12
    assert writer.stats.failed == 0
    control.start()
    writer.close()  # Delivers what was queued, and what was accepted when the interrupt came.
    assert writer.stats.delivered in (accepted, accepted + 1)
    with nmsg.open(url, offset="oldest") as reader:
        assert take(reader, accepted) == list(range(accepted))


def test_closing_tells_what_was_not_delivered(broker: str, topic: Topic, control: Control) -> None:
    url = f"kafka://{broker}/{topic()}?format=nmsgp"
    writer = nmsg.open(url, "w", config={"nmsg.close.patience.ms": 1000})
    write(url, [0])
    control.kill()
    for number in range(7):
        writer.write(message(number))
    start = time.monotonic()
    expected = r"7 records are not delivered to test-\S+: nothing heard for 1 s: .*refused"
    with pytest.raises(nmsg.RemoteError, match=expected):
        writer.flush()  # Which leaves them where they are.
    assert (writer.stats.queued, writer.stats.delivered) == (7, 0)
    with pytest.raises(nmsg.RemoteError, match="7 records are not delivered"):
        writer.close()
    assert time.monotonic() - start < 8
    assert writer.closed
    assert (writer.stats.queued, writer.stats.delivered, writer.stats.failed) == (7, 0, 7)


def test_a_reader_waits_for_the_broker(broker: str, topic: Topic, control: Control) -> None:
    url = f"kafka://{broker}/{topic()}"
    with nmsg.open(url) as reader:
        write(url, range(10))
        assert take(reader, 10) == list(range(10))
        control.kill()
        assert reader.read_batch(1, timeout=0.5) == []
        control.start()
        write(url, range(10, 20))
        assert take(reader, 10) == list(range(10, 20))


def test_leaving_a_group_whose_broker_is_gone(
    broker: str, topic: Topic, group: str, control: Control
) -> None:
    url = f"kafka://{broker}/{topic()}"
    write(url, range(10))
    config = QUICK | {"nmsg.close.patience.ms": 2000}
    reader = nmsg.open(f"{url}?group={group}&offset=oldest", config=config)
    assert take(reader, 10) == list(range(10))
    control.kill()
    start = time.monotonic()
    with pytest.raises(nmsg.RemoteError, match=f"group {group} cannot commit"):
        reader.commit()
    reader.close()
    assert time.monotonic() - start < 20
