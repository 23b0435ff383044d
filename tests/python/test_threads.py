# SPDX-License-Identifier: Apache-2.0
"""Threads: inputs and outputs may be shared, and nobody holds up the others."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    PATIENCE_SEC,
    SLOWNESS,
    Sender,
    connection,
    numbered,
    numbers,
    ports,
    wait_until,
)

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file


def run_threads(*functions: Callable[[], Any]) -> list[Any]:
    """What each gives, all at the same time. An exception of any is raised."""
    results: list[Any] = [None] * len(functions)
    errors: list[BaseException] = []

    def run(i: int) -> None:
        try:
            results[i] = functions[i]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SEC)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]
    return results


@pytest.mark.parametrize("readers", [2, 5])
def test_a_file_read_by_several_threads(readers: int, path: Path) -> None:
    count = 100_000
    with WRITE(path, 8192) as writer:
        for number in range(count):
            writer.write(numbered(number))
    with READ(path) as reader:
        seen = run_threads(*[lambda: numbers(reader)] * readers)
        assert reader.stats.messages == count
    for part in seen:
        assert part == sorted(part)
    assert sorted(number for part in seen for number in part) == list(range(count))


def test_a_socket_read_by_several_threads() -> None:
    count = 20_000
    taken: list[list[int]] = [[], []]
    with nmsg.input.open_sock("127.0.0.1", 0) as reader:
        address = reader.address

        def take(i: int) -> None:
            try:
                for message in reader:
                    taken[i].append(message["len_frame"])
            except nmsg.Error:
                pass  # Closed between two messages.

        def send() -> None:
            with nmsg.output.open_sock(*address) as writer:
                for number in range(count):
                    writer.write(numbered(number))
            wait_until(lambda: sum(map(len, taken)) == count, "the arrival of all")
            reader.close()

        run_threads(lambda: take(0), lambda: take(1), send)
    assert sorted(taken[0] + taken[1]) == list(range(count))


@pytest.mark.parametrize("is_buffered", [True, False])
@pytest.mark.parametrize("writers", [2, 5])
def test_a_file_written_by_several_threads(writers: int, is_buffered: bool, path: Path) -> None:
    each = 5000
    with WRITE(path, 4096, flush_interval=0.001) as writer:
        writer.set_buffered(is_buffered)

        def write(i: int) -> None:
            for number in range(each):
                writer.write(numbered(i * each + number))

        run_threads(*[lambda i=i: write(i) for i in range(writers)])
        assert writer.stats.messages == each * writers
    seen = numbers(READ(path, errors="raise"))
    assert sorted(seen) == list(range(each * writers))
    for i in range(writers):
        mine = [number for number in seen if number // each == i]
        assert mine == sorted(mine)


def test_a_pipe_written_by_several_threads(pipe: tuple[int, int]) -> None:
    each = 3000
    with WRITE(pipe[1], 4096) as writer, READ(pipe[0]) as reader:

        def write(i: int) -> None:
            for number in range(each):
                writer.write(numbered(i * each + number, 200))
                if number % 100 == 0:
                    writer.flush()

        def read() -> list[int]:
            return [reader.read()["len_frame"] for _ in range(3 * each)]

        def end() -> None:
            wait_until(lambda: writer.stats.messages == 3 * each, "all messages")
            writer.flush()

        seen = run_threads(*[lambda i=i: write(i) for i in range(3)], read, end)[3]
    assert sorted(seen) == list(range(3 * each))


def test_large_messages_of_several_threads(path: Path) -> None:
    with WRITE(path, 4096) as writer:

        def write(i: int) -> None:
            for n in range(30):
                writer.write(numbered(i * 1000 + n, 3000 * i))

        run_threads(*[lambda i=i: write(i) for i in range(4)])
    messages = list(READ(path, errors="raise"))
    assert sorted(numbers(messages)) == [i * 1000 + n for i in range(4) for n in range(30)]
    assert all(len(m["payload"]) == m["len_frame"] // 1000 * 3000 for m in messages)


def test_one_message_written_by_several_threads(path: Path) -> None:
    message = nmsg.msgtype.base.email(rcpt=["a", "b"], srchost="c")
    with WRITE(path) as writer:
        run_threads(*[lambda: [writer.write(message) for _ in range(2000)]] * 3)
    assert all(m["rcpt"] == ["a", "b"] for m in READ(path))
    assert len(list(READ(path))) == 6000


def test_one_message_changed_by_several_threads() -> None:
    (message,) = nmsg.nullinput().read(wire.container(wire.conn(1)))

    def change() -> None:
        for number in range(20_000):
            message["srcport"] = number
            assert isinstance(message["srcport"], int)
            message["dstport"] = None
            message.get("dstport")
            message.keys()
            _ = message.payload

    run_threads(change, change, change)
    assert message["srcport"] == 19_999


class Ticks:
    """A thread that does what another Python thread does: small things, again and again."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.is_over.is_set():
            self.times.append(time.monotonic())
            time.sleep(0.001)

    def __enter__(self) -> "Ticks":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()

    def longest_pause(self) -> float:
        return max(b - a for a, b in zip(self.times, self.times[1:], strict=False))


@pytest.mark.parametrize("kind", ["socket", "pipe"])
def test_others_go_on_while_read_waits(kind: str, pipe: tuple[int, int]) -> None:
    octets = wire.container(wire.conn(1))
    with (
        nmsg.input.open_sock("127.0.0.1", 0) if kind == "socket" else READ(pipe[0]) as reader,
        Ticks() as ticks,
    ):

        def wake() -> None:
            wait_until(lambda: len(ticks.times) > 100)
            if kind == "socket":
                sender = Sender(reader.address)
                sender(octets)
                sender.close()
            else:
                os.write(pipe[1], octets)

        run_threads(reader.read, wake)
    assert len(ticks.times) > 100


def test_others_go_on_while_write_waits(pipe: tuple[int, int]) -> None:
    count = 30_000
    with WRITE(pipe[1]) as writer, Ticks() as ticks:

        def write() -> None:
            for number in range(count):
                writer.write(numbered(number, 100))
            writer.flush()
            os.write(pipe[1], b"over")

        def read() -> None:
            wait_until(lambda: len(ticks.times) > 100)
            tail = b""
            while not tail.endswith(b"over"):
                tail = tail[-4:] + os.read(pipe[0], 65536)

        run_threads(write, read)


def test_others_go_on_while_large_containers_are_decoded(path: Path) -> None:
    data = wire.octets(1, bytes(15 << 20))
    content = wire.body([wire.Payload(msgtype=8, data=data)], crcs=[])
    compressed = wire.frame(wire.zblock(content), flags=wire.ZLIB)
    path.write_bytes(compressed * 8)
    with READ(path) as reader, Ticks() as ticks:
        wait_until(lambda: len(ticks.times) > 5)
        begin = time.monotonic()
        assert sum(1 for _ in reader) == 8
        took = time.monotonic() - begin
        wait_until(lambda: ticks.times[-1] > begin + took)
    assert any(begin < t < begin + took for t in ticks.times)
    # One copy of 15 MiB into a message is made under the lock; decoding eight is not.
    assert ticks.longest_pause() < max(took / 2, 0.1 * SLOWNESS)


def test_others_go_on_while_a_large_file_is_read(path: Path) -> None:
    with WRITE(path) as writer:
        for number in range(200_000):
            writer.write(numbered(number))
    with READ(path) as reader, Ticks() as ticks:
        reader.set_filter_source(1)  # Not one message is given, so all is one call.
        wait_until(lambda: len(ticks.times) > 5)
        assert reader.read() is None
        assert reader.stats.filtered == 200_000
    assert ticks.longest_pause() < 0.5 * SLOWNESS


def test_closing_an_output_that_another_thread_waits_for(pipe: tuple[int, int]) -> None:
    writer = WRITE(pipe[1], 65536)

    def write() -> str:
        try:
            while True:
                writer.write(numbered(1, 1000))
        except nmsg.Error as error:
            return str(error)

    def close() -> None:
        """As soon as the pipe is full; somebody has to read for what is left."""
        wait_until(lambda: writer.stats.octets >= 65536 or writer.stats.messages > 100)
        drainer = threading.Thread(target=lambda: [os.read(pipe[0], 1 << 20) for _ in range(3)])
        drainer.start()
        writer.close()
        os.write(pipe[1], b"x" * 10)
        os.close(pipe[1])
        drainer.join(PATIENCE_SEC)

    text, _ = run_threads(write, close)
    assert text == "object not initialized"


def test_nullinput_and_many_threads() -> None:
    octets = wire.container(*wire.conns(1, 2, 3))

    def read() -> None:
        null = nmsg.nullinput()
        for _ in range(3000):
            assert ports(null.read(octets)) == [1, 2, 3]

    run_threads(read, read, read)


def test_opening_and_closing_in_many_threads() -> None:
    def use() -> None:
        for port in range(50):
            with (
                nmsg.input.open_sock("127.0.0.1", 0, ring="1M") as reader,
                nmsg.output.open_sock(*reader.address) as writer,
            ):
                writer.write(connection(port))
                writer.flush()
                assert reader.read()["srcport"] == port

    run_threads(use, use, use)
