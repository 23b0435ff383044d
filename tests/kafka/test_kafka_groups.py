# SPDX-License-Identifier: Apache-2.0
"""Readers that share a topic: what each has had, and who gets what when one ends."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nmsg
import pytest
from kafka_admin import Admin
from kafka_support import QUICK, beside, message, number_of, take, write
from nmsg_support import PATIENCE_SEC, wait_until

Topic = Callable[..., str]

MANUAL = QUICK | {"enable.auto.commit": False}


def in_containers(url: str, numbers: range, size: int) -> None:
    """Write containers of so many messages."""
    with nmsg.open(url, "w") as writer:
        for number in numbers:
            writer.write(message(number))
            if number % size == size - 1:
                writer.flush()


# -- what is committed --


def test_a_record_is_committed_when_more_is_asked_for(
    broker: str, topic: Topic, admin: Admin, group: str
) -> None:
    name = topic()
    in_containers(f"kafka://{broker}/{name}", range(6), 2)
    with nmsg.open(f"kafka://{broker}/{name}?group={group}&offset=oldest", config=QUICK) as reader:
        assert [number_of(reader.read()) for _ in range(4)] == [0, 1, 2, 3]
    # The second container was handed out whole, but nothing says that the program got far with it.
    assert admin.committed(group, name) == 1
    with nmsg.open(f"kafka://{broker}/{name}?group={group}", config=QUICK) as reader:
        assert [number_of(reader.read()) for _ in range(3)] == [2, 3, 4]
    assert admin.committed(group, name) == 2  # Half of the third was read.
    with nmsg.open(f"kafka://{broker}/{name}?group={group}", config=QUICK) as reader:
        assert [number_of(reader.read()) for _ in range(2)] == [4, 5]
        assert reader.read_batch(1, timeout=0.1) == []
    assert admin.committed(group, name) == 3


def test_commit_counts_what_was_read_whole(
    broker: str, topic: Topic, admin: Admin, group: str
) -> None:
    name = topic()
    in_containers(f"kafka://{broker}/{name}", range(6), 2)
    url = f"kafka://{broker}/{name}?group={group}&offset=oldest"
    with nmsg.open(url, config=MANUAL) as reader:
        committed = []
        for _ in range(6):
            reader.read()
            reader.commit()
            committed.append(admin.committed(group, name))
        reader.commit()  # Again: nothing is new.
    assert committed == [-1, 1, 1, 2, 2, 3]


def test_a_batch_counts_when_the_next_is_asked_for(
    broker: str, topic: Topic, admin: Admin, group: str
) -> None:
    name = topic()
    write(f"kafka://{broker}/{name}?format=json", range(10))
    url = f"kafka://{broker}/{name}?group={group}&offset=oldest&format=json"
    with nmsg.open(url, config=QUICK) as reader:
        assert take(reader, 5) == list(range(5))
    assert admin.committed(group, name) in (-1, 0)  # The program may have got nowhere.
    with nmsg.open(url, config=QUICK) as reader:
        assert take(reader, 5) == list(range(5))
        assert take(reader, 2) == [5, 6]
    assert admin.committed(group, name) == 5
    with nmsg.open(url, config=MANUAL) as reader:
        assert take(reader, 2) == [5, 6]
        reader.commit()
    assert admin.committed(group, name) == 7


def test_a_batch_of_asyncio_counts_when_the_next_is_asked_for(
    broker: str, topic: Topic, admin: Admin, group: str
) -> None:
    name = topic()
    write(f"kafka://{broker}/{name}?format=json", range(10))
    url = f"kafka://{broker}/{name}?group={group}&offset=oldest&format=json"

    async def read(*counts: int) -> list[list[int]]:
        async with nmsg.open(url, config=QUICK) as reader:
            return [
                [number_of(m) for m in await reader.read_batch_async(n, PATIENCE_SEC)]
                for n in counts
            ]

    assert asyncio.run(read(5)) == [list(range(5))]
    assert admin.committed(group, name) in (-1, 0)
    assert asyncio.run(read(5, 2)) == [list(range(5)), [5, 6]]
    assert admin.committed(group, name) == 5


def test_what_is_read_is_committed_from_time_to_time(
    broker: str, topic: Topic, admin: Admin, group: str
) -> None:
    name = topic()
    write(f"kafka://{broker}/{name}?format=nmsgp", range(10))
    config = QUICK | {"auto.commit.interval.ms": 100}
    url = f"kafka://{broker}/{name}?group={group}&offset=oldest&format=nmsgp"
    with nmsg.open(url, config=config) as reader:
        for _ in range(8):
            reader.read()
        wait_until(lambda: admin.committed(group, name) == 7)


def test_garbage_is_committed_too(broker: str, topic: Topic, admin: Admin, group: str) -> None:
    name = topic()
    write(f"kafka://{broker}/{name}?format=json", range(3))
    write(f"kafka://{broker}/{name}", [3])
    with nmsg.open(f"kafka://{broker}/{name}?group={group}&offset=oldest", config=QUICK) as reader:
        assert take(reader, 1) == [3]
        assert reader.stats.bad.containers == 3
        reader.commit()
    assert admin.committed(group, name) == 4


def test_only_groups_commit(broker: str, topic: Topic) -> None:
    with (
        nmsg.open(f"kafka://{broker}/{topic()}") as reader,
        pytest.raises(ValueError, match="only readers in a group"),
    ):
        reader.commit()


def test_a_group_starts_with_what_comes_unless_told_otherwise(
    broker: str, topic: Topic, group: str
) -> None:
    url = f"kafka://{broker}/{topic()}?group={group}"
    write(url.partition("?")[0], range(5))
    with nmsg.open(url, config=QUICK) as reader:
        got: list[int] = []
        with beside(lambda: got.extend(take(reader, 1))) as thread:
            # Joining takes its time, and what comes before is not for the group.
            number = 100
            while thread.is_alive():
                write(url.partition("?")[0], [number])
                number += 1
                thread.join(0.1)
        assert got[0] >= 100


# -- several readers --

READER = """
import json, sys
sys.path[:0] = sys.argv[2:]
import nmsg
from kafka_support import QUICK, number_of
with nmsg.open(sys.argv[1], config=QUICK) as reader:
    for m in reader:
        print(json.dumps(number_of(m)), flush=True)
"""


class Reader:
    """A process that reads as one of a group, and tells each message that it has had."""

    def __init__(self, url: str) -> None:
        self.numbers: list[int] = []
        folders = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "python")]
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER, url, *folders], stdout=subprocess.PIPE
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith(b"\n"):
                self.numbers.append(json.loads(line))

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SEC)
        self.listener.join(PATIENCE_SEC)


@contextmanager
def readers(url: str, count: int) -> Iterator[list[Reader]]:
    running = [Reader(url) for _ in range(count)]
    try:
        yield running
    finally:
        for reader in running:
            if reader.process.poll() is None:
                reader.process.kill()
            reader.end(signal.SIGKILL)


def had(running: list[Reader]) -> set[int]:
    return {n for reader in running for n in reader.numbers}


def settle(url: str, running: list[Reader], start: int) -> int:
    """Write until each reader gets something from its own partitions, and to nobody anything
    comes twice; give the number to go on with."""
    number = start
    deadline = time.monotonic() + PATIENCE_SEC
    while time.monotonic() < deadline:
        seen = [len(reader.numbers) for reader in running]
        fresh = range(number, number + 30)
        for partition in range(6):
            write(f"{url}&partition={partition}", fresh[partition::6])
        number += 30
        wait_until(lambda n=number: set(range(n - 30, n)) <= had(running), "reading all that")
        grown = [len(r.numbers) > before for r, before in zip(running, seen, strict=True)]
        if all(grown) and sum(n in fresh for r in running for n in r.numbers) == len(fresh):
            return number
    raise TimeoutError("the readers did not divide the partitions among themselves")


@pytest.mark.parametrize("form", ["nmsg", "json"])
def test_three_readers_share_a_topic(broker: str, topic: Topic, group: str, form: str) -> None:
    url = f"kafka://{broker}/{topic(6)}?format={form}"
    with readers(f"{url}&group={group}&offset=oldest", 3) as running:
        start = settle(url, running, 0)
        wanted = range(start, start + 6000)
        for partition in range(6):
            write(f"{url}&partition={partition}", wanted[partition::6])
        wait_until(lambda: sum(r.numbers[-1:] != [] for r in running) == 3)

        def counted() -> Counter[int]:
            return Counter(n for r in running for n in r.numbers if n >= start)

        wait_until(lambda: len(counted()) == len(wanted), "reading all")
        assert counted() == Counter(wanted)  # Each once, between them.
        shares = [sum(n >= start for n in r.numbers) for r in running]
        assert min(shares) > 0

        # One is killed while it has something to do; what it had not had comes to the others.
        behind = start + 6000
        more = range(behind, behind + 6000)
        for partition in range(6):
            write(f"{url}&partition={partition}", more[partition::6])
        wait_until(lambda: any(n >= behind for n in running[0].numbers[-1:]))
        running[0].end(signal.SIGKILL)
        wait_until(
            lambda: {n for r in running for n in r.numbers if n >= behind} == set(more),
            "reading what the killed one had not had",
            2 * PATIENCE_SEC,
        )
