# SPDX-License-Identifier: Apache-2.0
"""Waiting for inputs in asyncio's event loop; the rest of it is in ext/input_async.c."""

import asyncio
import os

from nmsg import _nmsg

# Inputs that have no descriptor (file objects that had nothing to give) are asked again this often.
_ASK_AGAIN_SEC = 0.02


async def read(reader: _nmsg.input) -> _nmsg.message | None:
    """What input.read_async() does."""
    try:
        return await reader.__anext__()
    except StopAsyncIteration:
        return None


async def read_batch(reader: _nmsg.input, n: int, timeout: float | None) -> list[_nmsg.message]:
    """What input.read_batch_async() does.

    While the task is suspended it holds the messages that came so far, so whatever ends it gives
    them back to the input.
    """
    if n < 1 or (timeout is not None and not timeout > 0):
        return reader.read_batch(n, timeout)
    batch: list[_nmsg.message] = []
    reader._gather(True)  # Groups of Kafka: the program has these messages only in the end.
    try:
        async with asyncio.timeout(timeout) as limit:
            while len(batch) < n:
                batch.append(await reader.__anext__())
                if len(batch) < n:
                    batch += reader.read_batch(n - len(batch), 0)
    except StopAsyncIteration:
        pass
    except Exception as error:
        if isinstance(error, TimeoutError) and limit.expired():
            return batch
        if not batch:
            raise
        reader._hold([], error)  # It comes behind these messages.
    except BaseException:
        reader._hold(batch, None)
        raise
    finally:
        reader._gather(False)
    return batch


async def next_batch(reader: _nmsg.input, n: int, timeout: float | None) -> list[_nmsg.message]:
    """The next of input.batches()."""
    while True:
        batch = await read_batch(reader, n, timeout)
        if batch:
            return batch
        if reader.at_end:
            raise StopAsyncIteration


async def enter(reader: _nmsg.input) -> _nmsg.input:
    return reader


async def leave(reader: _nmsg.input) -> None:
    reader.close()


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Waiting:
    """The tasks that wait for one input, each by a future.

    The descriptor is a copy, so that neither close() in another thread nor a program that watches
    the input's own descriptor gets in the way.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor) if descriptor >= 0 else -1
        self._futures: set[asyncio.Future[None]] = set()
        self._is_closed = False

    def wait(self) -> asyncio.Future[None]:
        """A future that is done when the input may have a message, or is closed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if self._descriptor < 0:
            loop.call_later(_ASK_AGAIN_SEC, _finish, future)
            return future
        if not self._of(loop):
            loop.add_reader(self._descriptor, self._wake, loop)
        self._futures.add(future)
        future.add_done_callback(self._forget)
        return future

    def close(self) -> None:
        """The input is being closed, perhaps by a thread without a loop."""
        self._is_closed = True
        for loop in {future.get_loop() for future in self._futures}:
            if loop is asyncio._get_running_loop():
                self._wake(loop)
                continue
            try:
                loop.call_soon_threadsafe(self._wake, loop)
            except RuntimeError:  # The loop is closed, and nobody waits in it any more.
                self._futures.difference_update(self._of(loop))
        self._close_if_unused()

    def _of(self, loop: asyncio.AbstractEventLoop) -> list[asyncio.Future[None]]:
        return [future for future in self._futures if future.get_loop() is loop]

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """All look at once: who is too late waits again."""
        futures = self._of(loop)
        if futures:
            loop.remove_reader(self._descriptor)
            self._futures.difference_update(futures)
        for future in futures:
            _finish(future)
        self._close_if_unused()

    def _forget(self, future: asyncio.Future[None]) -> None:
        """The future is done; if that was not _wake(), its task was cancelled."""
        if future in self._futures:
            self._futures.discard(future)
            loop = future.get_loop()
            if not self._of(loop):
                loop.remove_reader(self._descriptor)
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._is_closed and not self._futures and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
