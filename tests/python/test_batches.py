# SPDX-License-Identifier: Apache-2.0
"""Many messages at a time: read_batch() and batches()."""

import asyncio
import contextlib
import gc
import io
import itertools
import os
import signal
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    PATIENCE_SEC,
    PROMPT_SEC,
    Interrupted,
    Sender,
    alarm,
    connection,
    numbered,
    numbers,
    ports,
    wait_readable,
    wait_until,
)

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file

BAD_PAYLOAD = wire.container(wire.conn(3), wire.Payload(msgtype=5, data=b"\xff"), wire.conn(4))


def container(*values: int) -> bytes:
    return wire.container(*wire.conns(*values))


@pytest.fixture
def many(path: Path) -> Callable[[int], Path]:
    """Writes a file of many small containers with numbered messages."""

    def make(count: int) -> Path:
        with WRITE(path, 8192) as writer:
            for number in range(count):
                writer.write(numbered(number))
        return path

    return make


# -- what is in a batch --


@pytest.mark.parametrize("n", [1, 7, 1000, 1024, 1025, 5000, 10**12])
def test_batches_hold_what_is_asked_for(n: int, many: Callable[[int], Path]) -> None:
    count = 5000
    with READ(many(count)) as reader:
        batch = reader.read_batch(n)
        assert numbers(batch) == list(range(min(n, count)))
        assert not reader.at_end or n > count
        rest = numbers(reader)
        assert rest == list(range(len(batch), count))
        assert reader.read_batch(n) == []
        assert reader.at_end
        assert reader.stats.messages == count
    with READ(many(count)) as reader:
        sizes = [len(batch) for batch in reader.batches(n)]
    assert sum(sizes) == count
    assert set(sizes[:-1]) <= {n}


def test_messages_are_those_that_read_gives(make_file: Callable[..., Path]) -> None:
    path = make_file(
        wire.container(
            wire.conn(1),
            wire.Payload(vid=9, msgtype=9, data=b"unknown", source=7),
            wire.Payload(msgtype=6, data=wire.logline(b"c", b"text")),
            wire.Payload(msgtype=6, data=wire.logline(b"x" * 100_000)),
            wire.Payload(vid=2, msgtype=1, data=b"", operator=3, group=4),
        ),
        container(2),
    )
    for strings in ("str", "bytes"):
        one_by_one = list(READ(path, strings=strings))
        batch = READ(path, strings=strings).read_batch(100)
        assert batch == one_by_one
        assert [type(m) for m in batch] == [type(m) for m in one_by_one]
        assert [dict(m.fields) for m in batch] == [dict(m.fields) for m in one_by_one]
        assert [m.payload for m in batch] == [m.payload for m in one_by_one]


def test_large_messages(path: Path) -> None:
    with WRITE(path) as writer:
        for number in range(40):
            writer.write(numbered(number, 300_000))
    with READ(path) as reader:
        batch = reader.read_batch(35)
        assert numbers(batch) == list(range(35))
        assert all(m["payload"] == b"x" * 300_000 for m in batch)
        assert numbers(reader.read_batch(35)) == list(range(35, 40))


def test_batches_and_single_messages_mixed(many: Callable[[int], Path]) -> None:
    with READ(many(300)) as reader:
        got: list[int] = []
        batches = reader.batches(100)
        for n in (1, 50, 3):
            got += numbers([reader.read(), *reader.read_batch(n), next(reader), *next(batches)])
        assert got == list(range(300))[: len(got)]
        assert len(got) == 300
        assert next(batches, None) is None


def test_filters_choose(make_file: Callable[..., Path]) -> None:
    log = wire.Payload(msgtype=6, data=wire.logline(b"c"))
    path = make_file(wire.container(wire.conn(1), log, log, wire.conn(2)), wire.container(log))
    with nmsg.open(path, msgtype="base:ipconn") as reader:
        assert ports(reader.read_batch(10)) == [1, 2]
        assert (reader.stats.messages, reader.stats.filtered) == (2, 3)
    with READ(path) as reader:
        assert len(reader.read_batch(2)) == 2
        reader.set_filter_msgtype("base", "ipconn")
        assert ports(reader.read_batch(10)) == [2]


@pytest.mark.parametrize("text", ["json", "pres"])
def test_lines_of_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    with nmsg.open(path, "w", format="json") as writer:
        for port in range(2500):
            writer.write(connection(port))
    if text == "json":
        with nmsg.input.open_json(path) as reader:
            assert [ports(batch) for batch in reader.batches(1000)] == [
                list(range(i, min(i + 1000, 2500))) for i in (0, 1000, 2000)
            ]
    with path.open("ab") as file:
        file.write(b"no JSON\n")
    with nmsg.input.open_json(path, errors="skip") as reader:
        assert len(reader.read_batch(9999)) == 2500
        assert reader.stats.bad.payloads == 1


def test_memory_and_file_objects() -> None:
    octets = container(1, 2) + container(3)
    for source in (octets, io.BytesIO(octets), bytearray(octets)):
        with nmsg.open(source) as reader:
            assert [ports(batch) for batch in reader.batches(2)] == [[1, 2], [3]]


def test_arguments(many: Callable[[int], Path]) -> None:
    reader = READ(many(3))
    for n in (0, -1):
        with pytest.raises(ValueError, match="n is a number of messages, 1 or more"):
            reader.read_batch(n)
        with pytest.raises(ValueError, match="n is a number of messages, 1 or more"):
            reader.batches(n)
    for timeout in (-1, -0.001, float("nan")):
        with pytest.raises(ValueError, match="timeout is a number of seconds, 0 or more"):
            reader.read_batch(1, timeout)
        with pytest.raises(ValueError, match="timeout is a number of seconds, 0 or more"):
            reader.batches(1, timeout)
    for wrong in ("1", None, 1.5):
        with pytest.raises(TypeError):
            reader.read_batch(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        reader.read_batch(1, "1")  # type: ignore[arg-type]
    assert len(reader.read_batch(n=2, timeout=float("inf"))) == 2
    assert numbers(reader.read_batch(9, timeout=1e300)) == [2]
    reader.close()
    assert reader.at_end
    with pytest.raises(nmsg.Error, match="not initialized"):
        reader.read_batch(1)
    with pytest.raises(nmsg.Error):
        nmsg.input().read_batch(1)


# -- waiting --


def test_a_batch_is_waited_for(receiver: nmsg.input, send: Sender) -> None:
    def feed() -> None:
        for port in range(10):
            send(container(2 * port, 2 * port + 1))
            time.sleep(0.002)

    thread = threading.Thread(target=feed)
    thread.start()
    assert ports(receiver.read_batch(15)) == list(range(15))
    assert ports(receiver.read_batch(5)) == list(range(15, 20))
    thread.join()


def test_time_is_up(receiver: nmsg.input, send: Sender) -> None:
    for sent in ((), (1, 2)):
        if sent:
            send(container(*sent))
        began = time.monotonic()
        assert ports(receiver.read_batch(3, timeout=0.08)) == list(sent)
        took = time.monotonic() - began
        assert 0.08 <= took < 0.08 + PROMPT_SEC
        assert not receiver.at_end
    began = time.monotonic()
    assert receiver.read_batch(3, timeout=0) == []
    assert time.monotonic() - began < PROMPT_SEC


def test_time_is_up_while_messages_keep_coming(receiver: nmsg.input, send: Sender) -> None:
    stop = threading.Event()

    def feed() -> None:
        while not stop.wait(0.001):
            send(container(1))

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        began = time.monotonic()
        batch = receiver.read_batch(10**6, timeout=0.2)
        assert time.monotonic() - began < 0.2 + PROMPT_SEC
        assert batch
    finally:
        stop.set()
        thread.join()


def test_non_blocking_inputs_do_not_wait(receiver: nmsg.input, send: Sender) -> None:
    receiver.set_blocking_io(False)
    assert receiver.read_batch(5) == []
    assert list(receiver.batches(5)) == []
    descriptor = receiver.fileno()
    send(container(1, 2))
    wait_readable(descriptor)
    assert ports(receiver.read_batch(5)) == [1, 2]


def test_the_descriptor_tells_what_is_left(receiver: nmsg.input, send: Sender) -> None:
    descriptor = receiver.fileno()
    send(container(1, 2, 3))
    wait_readable(descriptor)
    assert ports(receiver.read_batch(2, timeout=0)) == [1, 2]
    wait_readable(descriptor, 0)
    assert ports(receiver.read_batch(1, timeout=0)) == [3]
    with pytest.raises(TimeoutError):
        wait_readable(descriptor, 0.01)


def test_batches_of_a_slow_stream_come_in_time(receiver: nmsg.input, send: Sender) -> None:
    batches = receiver.batches(1000, timeout=0.05)
    for port in range(3):
        send(container(port))
        assert ports(next(batches)) == [port]
    timer = threading.Timer(0.2, lambda: send(container(9)))
    timer.start()  # An empty batch is none.
    assert ports(next(batches)) == [9]
    timer.join()


def test_a_pipe(pipe: tuple[int, int]) -> None:
    with READ(pipe[0]) as reader:
        octets = container(1, 2) + container(3)
        os.write(pipe[1], octets[:-5])
        assert ports(reader.read_batch(3, timeout=0.01)) == [1, 2]
        os.write(pipe[1], octets[-5:])
        assert ports(reader.read_batch(3, timeout=0.01)) == [3]
        assert not reader.at_end
        os.close(pipe[1])
        assert reader.read_batch(3) == []
        assert reader.at_end


def test_a_file_object_that_has_nothing_now() -> None:
    class Slow:
        def __init__(self) -> None:
            self.pieces: list[bytes | None] = [None, container(1), None, None, container(2), b""]

        def read(self, _size: int = -1) -> Any:
            return self.pieces.pop(0)

    with nmsg.open(Slow()) as reader:
        assert reader.read_batch(1, timeout=0) == []
        assert ports(reader.read_batch(5)) == [1, 2]
        assert reader.at_end


# -- signals --


def test_an_exception_of_a_handler_loses_nothing(receiver: nmsg.input, send: Sender) -> None:
    send(container(1, 2))
    wait_readable(receiver.fileno())
    for call in (
        lambda: receiver.read_batch(10),
        lambda: next(receiver.batches(10, timeout=None)),
    ):
        with alarm() as times, pytest.raises(Interrupted):
            call()
        assert time.monotonic() - times[0] < PROMPT_SEC
        assert not receiver.at_end
    send(container(3, 4))
    assert ports(receiver.read_batch(1)) == [1]
    assert ports(receiver.read_batch(2)) == [2, 3]
    assert receiver.read()["srcport"] == 4


def test_what_was_left_is_read_one_by_one(receiver: nmsg.input, send: Sender) -> None:
    send(container(1, 2, 3))
    wait_readable(receiver.fileno())
    with alarm(), pytest.raises(Interrupted):
        receiver.read_batch(10)
    with nmsg.io() as engine, pytest.raises(nmsg.Error, match="has left messages"):
        engine.add_input(receiver)
    assert ports([receiver.read(), next(receiver)]) == [1, 2]
    assert asyncio.run(receiver.read_async())["srcport"] == 3  # type: ignore[arg-type]
    assert receiver.read_batch(1, timeout=0) == []


def test_ctrl_c_ends_the_wait(receiver: nmsg.input) -> None:
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        receiver.read_batch(10)


def test_a_handler_may_not_read_what_is_being_read(receiver: nmsg.input) -> None:
    def handler(*_: object) -> None:
        receiver.read_batch(1)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(nmsg.Error, match="signal handler"):
            receiver.read_batch(1)
    finally:
        signal.signal(signal.SIGALRM, before)


# -- threads --


@pytest.mark.parametrize("call", [lambda r: r.read_batch(3), lambda r: list(r.batches(3, None))])
def test_close_ends_the_wait(call: Any, receiver: nmsg.input, send: Sender) -> None:
    send(container(1, 2))
    wait_readable(receiver.fileno())
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call(receiver)))
    thread.start()
    wait_until(lambda: receiver.stats.messages == 2)
    began = time.monotonic()
    receiver.close()
    thread.join(PATIENCE_SEC)
    assert time.monotonic() - began < PROMPT_SEC
    result = results[0] if isinstance(results[0][0], nmsg.message) else results[0][0]
    assert ports(result) == [1, 2]
    assert receiver.at_end


def test_other_threads_run_meanwhile(path: Path) -> None:
    """Big compressed containers take their time, in which others get the GIL."""
    with nmsg.open(path, "w", compress=True, bufsz=1 << 20) as writer:
        for number in range(400_000):
            writer.write(numbered(number))
    steps = 0
    is_over = False

    def count() -> None:
        nonlocal steps
        while not is_over:
            steps += 1
            time.sleep(0)  # Asks for the GIL again and again.

    thread = threading.Thread(target=count)
    seen = 0
    progress = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(PATIENCE_SEC)  # Nobody has to give it up; who does so does it himself.
    try:
        thread.start()
        with READ(path) as reader:
            while True:
                before = steps
                batch = reader.read_batch(20_000)
                progress.append(steps - before)
                if not batch:
                    break
                seen += len(batch)
    finally:
        sys.setswitchinterval(interval)
        is_over = True
    thread.join()
    assert seen == 400_000
    assert sum(1 for steps_of_call in progress if steps_of_call > 0) >= 3


def test_batches_taken_by_several_threads(many: Callable[[int], Path]) -> None:
    count = 60_000
    parts: list[list[int]] = []
    with READ(many(count)) as reader:

        def take() -> None:
            mine = []
            for batch in reader.batches(100):
                assert numbers(batch) == list(range(numbers(batch)[0], numbers(batch)[-1] + 1))
                mine += numbers(batch)
            parts.append(mine)

        threads = [threading.Thread(target=take) for _ in range(3)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert reader.stats.messages <= count  # May be asked for at any time.
        for thread in threads:
            thread.join(PATIENCE_SEC)
    assert len(parts) == 3
    assert sorted(itertools.chain(*parts)) == list(range(count))


# -- damage --


def test_bad_payloads_are_skipped(make_file: Callable[..., Path]) -> None:
    path = make_file(container(1, 2), BAD_PAYLOAD, wire.frame(b"\xff"), container(5))
    with READ(path, errors="skip") as reader:
        assert ports(reader.read_batch(10)) == [1, 2, 3, 4, 5]
        assert reader.stats.bad.payloads == 1
        assert reader.stats.bad.containers == 1
    with READ(path) as reader, pytest.warns(nmsg.DataWarning) as caught:
        assert ports(reader.read_batch(10)) == [1, 2, 3, 4, 5]
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_damage_is_raised_behind_what_stands_before_it(make_file: Callable[..., Path]) -> None:
    path = make_file(container(1, 2), BAD_PAYLOAD, container(5))
    with READ(path, errors="raise") as reader:
        assert ports(reader.read_batch(10)) == [1, 2, 3]
        assert not reader.at_end
        with pytest.raises(nmsg.FormatError) as caught:
            reader.read_batch(10)
        assert caught.value.offset == len(container(1, 2))
        assert ports(reader.read_batch(10)) == [4, 5]
    with READ(path, errors="raise") as reader:
        assert len(reader.read_batch(10)) == 3
        with pytest.raises(nmsg.FormatError):
            reader.read()
        assert ports(reader.read_batch(1)) == [4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with READ(path) as reader:
            assert ports(reader.read_batch(10)) == [1, 2, 3]
            with pytest.raises(nmsg.DataWarning):
                reader.read()
            assert ports(reader) == [4, 5]


def test_a_file_that_ends_too_early(make_file: Callable[..., Path]) -> None:
    path = make_file(container(1, 2), container(3)[:-1])
    with READ(path) as reader:
        got = []
        with pytest.raises(nmsg.TruncatedError):
            for batch in reader.batches(10):
                got += ports(batch)
        assert got == [1, 2]
        assert reader.read_batch(10) == []
        assert reader.at_end


def test_an_exception_that_waits_keeps_nothing_alive(make_file: Callable[..., Path]) -> None:
    class Reader(nmsg.input):
        pass

    def leave() -> "weakref.ref[Any]":
        reader: Any = Reader.open_file(make_file(BAD_PAYLOAD), errors="raise")
        try:
            raise ValueError(reader)
        except ValueError:
            assert ports(reader.read_batch(10)) == [3]  # What waits knows of the other.
        return weakref.ref(reader)

    gone = leave()
    gc.collect()
    assert gone() is None


def test_an_exception_of_a_file_object_loses_nothing() -> None:
    class Failing:
        def __init__(self) -> None:
            self.pieces: list[Any] = [container(1, 2), OSError("try again"), container(3), b""]

        def read(self, _size: int = -1) -> Any:
            piece = self.pieces.pop(0)
            if isinstance(piece, Exception):
                raise piece
            return piece

    with nmsg.open(Failing()) as reader:
        with pytest.raises(OSError, match="try again"):
            reader.read_batch(5)
        assert ports(reader.read_batch(5)) == [1, 2, 3]


# -- asyncio --


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(coroutine, PATIENCE_SEC)

    return asyncio.run(limited())


def test_async_batches_of_a_file(many: Callable[[int], Path]) -> None:
    async def main() -> None:
        async with READ(many(2500)) as reader:
            assert numbers(await reader.read_batch_async(300)) == list(range(300))
            sizes = [len(batch) async for batch in reader.batches(1000)]
            assert sizes == [1000, 1000, 200]
            assert await reader.read_batch_async(5) == []
            assert reader.at_end
            with pytest.raises(ValueError, match="n is"):
                await reader.read_batch_async(0)
            with pytest.raises(ValueError, match="timeout is"):
                await reader.read_batch_async(1, timeout=-1)
            with pytest.raises(ValueError, match="timeout is"):
                await reader.read_batch_async(1, timeout=float("nan"))

    run(main())


def test_async_batches_of_a_socket(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        task = asyncio.create_task(receiver.read_batch_async(5))
        for port in range(4):
            send(container(port))
            await asyncio.sleep(0.002)
            assert not task.done()
        send(container(4, 5))
        assert ports(await task) == list(range(5))
        began = time.monotonic()
        assert ports(await receiver.read_batch_async(5, timeout=0.05)) == [5]
        assert await receiver.read_batch_async(5, timeout=0.05) == []
        assert 0.1 <= time.monotonic() - began < 0.1 + 2 * PROMPT_SEC
        assert await receiver.read_batch_async(5, timeout=0) == []
        batches = aiter(receiver.batches(5, timeout=0.02))
        send(container(6))
        assert ports(await anext(batches)) == [6]
        task = asyncio.create_task(anext(batches))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        assert not task.done()
        receiver.close()
        with pytest.raises(StopAsyncIteration):
            await task

    run(main())


def test_async_cancellation_loses_nothing(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        got: list[int] = []
        for number in range(50):
            task = asyncio.create_task(receiver.read_batch_async(10))
            await asyncio.sleep(0)
            send(container(2 * number, 2 * number + 1))
            await asyncio.sleep(0.001 * (number % 3))
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                got += ports(await task)
        while len(got) < 100:
            got += ports(await receiver.read_batch_async(100 - len(got)))
        assert got == list(range(100))

    run(main())


def test_async_damage_comes_behind_what_stands_before_it(make_file: Callable[..., Path]) -> None:
    async def main() -> None:
        path = make_file(container(1, 2), BAD_PAYLOAD, container(5))
        async with READ(path, errors="raise") as reader:
            assert ports(await reader.read_batch_async(10)) == [1, 2, 3]
            with pytest.raises(nmsg.FormatError):
                await reader.read_batch_async(10)
            assert ports(await reader.read_batch_async(10)) == [4, 5]

    run(main())
