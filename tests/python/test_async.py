# SPDX-License-Identifier: Apache-2.0
"""Inputs in asyncio: waiting, cancelling, closing, and leaving others their turn."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import PATIENCE_SEC, PROMPT_SEC, SLOWNESS, Sender, connection, ports

ONE = wire.container(wire.conn(1))


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(coroutine, PATIENCE_SEC)

    return asyncio.run(limited())


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def started(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """A task that has come to where it waits."""
    task = asyncio.create_task(coroutine)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not task.done()
    return task


def many(path: Path, count: int) -> Path:
    with nmsg.open(path, "w", bufsz=4096) as writer:
        for port in range(count):
            writer.write(connection(port))
    return path


# -- sockets --


def test_waits_for_what_comes(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        assert aiter(receiver) is receiver
        for number in range(20):
            task = await started(receiver.read_async())
            send(wire.container(wire.conn(number)))
            assert (await task)["srcport"] == number
        send(wire.container(*wire.conns(1, 2)))
        assert [(await anext(receiver))["srcport"] for _ in range(2)] == [1, 2]

    run(main())
    # Blocking and iterating are as they were.
    send(wire.container(*wire.conns(3, 4)))
    assert ports([receiver.read(), next(receiver)]) == [3, 4]


def test_two_readers_in_one_loop() -> None:
    async def collect(reader: nmsg.input, count: int) -> list[int]:
        got: list[int] = []
        async for message in reader:
            got.append(message["srcport"])
            if len(got) == count:
                break
        return got

    async def main() -> None:
        async with nmsg.open("udp://127.0.0.1:0") as one, nmsg.open("udp://127.0.0.1:0") as two:
            tasks = [await started(collect(reader, 300)) for reader in (one, two)]
            senders = [Sender(reader.address) for reader in (one, two)]
            for port in range(300):
                senders[0](wire.container(wire.conn(port)))
                senders[1](wire.container(wire.conn(1000 + port)))
                if port % 20 == 0:
                    await asyncio.sleep(0.001)
            assert await tasks[0] == list(range(300))
            assert await tasks[1] == list(range(1000, 1300))
            for sender in senders:
                sender.close()
        assert one.closed
        assert two.closed

    before = descriptors()
    run(main())
    assert descriptors() == before


def test_several_tasks_at_one_reader(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        tasks = [await started(receiver.read_async()) for _ in range(5)]
        send(wire.container(*wire.conns(1, 2, 3)))
        done, left = await asyncio.wait(tasks, timeout=0.2 * SLOWNESS)
        assert sorted(ports(task.result() for task in done)) == [1, 2, 3]
        left.pop().cancel()
        send(wire.container(wire.conn(4)))
        assert (await left.pop())["srcport"] == 4

    run(main())


def test_cancellation_loses_nothing(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        got: list[int] = []
        for number in range(200):
            task = asyncio.create_task(receiver.read_async())
            if number % 3:
                await asyncio.sleep(0)
            send(wire.container(*wire.conns(2 * number, 2 * number + 1)))
            if number % 2:
                await asyncio.sleep(0)
            task.cancel()
            try:
                got.append((await task)["srcport"])
            except asyncio.CancelledError:
                assert task.cancelled()
        while len(got) < 400:
            got.append((await receiver.read_async())["srcport"])
        assert got == list(range(400))

    run(main())


def test_timeouts(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(receiver.read_async(), 0.01)
        send(ONE)
        assert (await asyncio.wait_for(receiver.read_async(), 5))["srcport"] == 1

    run(main())


def test_close_ends_the_wait(receiver: nmsg.input) -> None:
    async def iterate() -> list[int]:
        return [message["srcport"] async for message in receiver]

    async def main() -> None:
        tasks = [await started(receiver.read_async()), await started(iterate())]
        receiver.close()
        assert await asyncio.gather(*tasks) == [None, []]
        with pytest.raises(nmsg.Error, match="not initialized"):
            await receiver.read_async()

    before = descriptors()
    run(main())
    assert descriptors() < before


def test_close_by_another_thread_ends_the_wait(receiver: nmsg.input) -> None:
    async def main() -> float:
        task = await started(receiver.read_async())
        thread = threading.Timer(0.05, receiver.close)
        thread.start()
        assert await task is None
        thread.join()
        return time.monotonic()

    start = time.monotonic()
    assert run(main()) - start < 0.05 + PROMPT_SEC


def test_a_loop_after_another(receiver: nmsg.input, send: Sender) -> None:
    async def wait_in_vain() -> None:
        await started(receiver.read_async())

    async def main() -> int:
        task = await started(receiver.read_async())
        send(ONE)
        port: int = (await task)["srcport"]
        return port

    run(wait_in_vain())
    assert run(main()) == 1
    run(wait_in_vain())
    receiver.close()


def test_close_after_a_loop_that_was_closed_in_the_middle() -> None:
    before = descriptors()
    with nmsg.open("udp://127.0.0.1:0") as reader:
        loop = asyncio.new_event_loop()
        task = loop.create_task(reader.read_async())
        loop.run_until_complete(asyncio.sleep(0.01))
        assert not task.done()
        loop.close()
    assert descriptors() == before
    with contextlib.suppress(asyncio.CancelledError):
        task.get_coro().close()


def test_a_thread_that_reads_is_noticed(receiver: nmsg.input, send: Sender) -> None:
    thread = threading.Thread(target=receiver.read)
    thread.start()
    time.sleep(0.05)

    async def main() -> None:
        with pytest.raises(nmsg.Error, match="another thread is reading"):
            await receiver.read_async()

    run(main())
    send(ONE)
    thread.join()


def test_the_programs_own_watching_goes_on(receiver: nmsg.input, send: Sender) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        called = asyncio.Event()
        loop.add_reader(receiver.fileno(), called.set)
        task = await started(receiver.read_async())
        send(ONE)
        assert (await task)["srcport"] == 1
        await called.wait()
        assert loop.remove_reader(receiver.fileno())

    run(main())


# -- files and pipes --


def test_a_pipe_in_pieces(pipe: tuple[int, int]) -> None:
    async def main() -> None:
        octets = wire.container(*wire.conns(1, 2))
        async with nmsg.open(pipe[0]) as reader:
            task = await started(reader.read_async())
            for octet in octets:
                assert not task.done()
                os.write(pipe[1], bytes([octet]))
                await asyncio.sleep(0)
            assert (await task)["srcport"] == 1
            os.close(pipe[1])
            assert [m["srcport"] async for m in reader] == [2]
            assert await reader.read_async() is None

    run(main())


def test_a_file_leaves_others_their_turn(path: Path) -> None:
    many(path, 10_000)

    async def main() -> None:
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(count_turns())
        async with nmsg.open(path) as reader:
            assert [m["srcport"] async for m in reader] == list(range(10_000))
        assert turns > 50
        task.cancel()

    run(main())


def test_cancelling_between_turns_loses_nothing(path: Path) -> None:
    many(path, 3000)

    async def main() -> None:
        got: list[int] = []
        with nmsg.open(path) as reader:

            async def collect() -> None:
                async for message in reader:
                    got.append(message["srcport"])

            while len(got) < 3000:
                task = asyncio.create_task(collect())
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        assert got == list(range(3000))

    run(main())


def test_octets_and_errors() -> None:
    async def main() -> None:
        with nmsg.open(ONE + b"garbage", errors="raise") as reader:
            assert (await reader.read_async())["srcport"] == 1
            with pytest.raises(nmsg.FormatError):
                await reader.read_async()
            assert await reader.read_async() is None
        with nmsg.open(bytearray(ONE * 3)) as reader:
            assert [m["srcport"] async for m in reader] == [1, 1, 1]

    run(main())


def test_a_file_object_that_has_nothing_yet() -> None:
    class Slow:
        def __init__(self) -> None:
            self.pieces: list[bytes | None] = [None, ONE[:9], None, ONE[9:], None, b""]

        def read(self, _size: int) -> bytes | None:
            return self.pieces.pop(0)

    async def main() -> None:
        async with nmsg.open(Slow()) as reader:
            assert (await reader.read_async())["srcport"] == 1
            assert await reader.read_async() is None

    run(main())


def test_what_it_is() -> None:
    async def main() -> None:
        with nmsg.open(ONE * 2) as reader:
            coroutine = reader.read_async()
            assert asyncio.iscoroutine(coroutine)
            assert (await coroutine)["srcport"] == 1
            first, second = await asyncio.gather(reader.read_async(), reader.read_async())
            assert (first["srcport"], second) == (1, None)
            with pytest.raises(StopAsyncIteration):
                await anext(reader)

    run(main())
