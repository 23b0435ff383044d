# SPDX-License-Identifier: Apache-2.0
"""Signals end every wait, at once and without harm to what was written."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    PATIENCE_SEC,
    PROMPT_SEC,
    SLOWNESS,
    Interrupted,
    Sender,
    alarm,
    connection,
    numbered,
    numbers,
    ports,
    python,
    run_python,
    wait_until,
)

# For what would otherwise hang for ever.
HANG_SEC = 5 * SLOWNESS

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file


@pytest.fixture(params=["socket", "pipe"])
def silent(request: pytest.FixtureRequest) -> Iterator[nmsg.input]:
    """An input on which nothing comes."""
    if request.param == "socket":
        with nmsg.input.open_sock("127.0.0.1", 0) as reader:
            yield reader
    else:
        ends = os.pipe()
        with READ(ends[0]) as reader:
            yield reader
        for end in ends:
            os.close(end)


WAITS: dict[str, Callable[[nmsg.input], Any]] = {
    "read": lambda reader: reader.read(),
    "next": lambda reader: next(reader),
    "for": lambda reader: [message for message in reader],  # noqa: C416
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_an_exception_of_a_handler_ends_the_wait(
    wait: Callable[[nmsg.input], Any], silent: nmsg.input
) -> None:
    for _ in range(3):
        with alarm() as times, pytest.raises(Interrupted):
            wait(silent)
        assert time.monotonic() - times[0] < PROMPT_SEC


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_ctrl_c_ends_the_wait(wait: Callable[[nmsg.input], Any], silent: nmsg.input) -> None:
    sent: list[float] = []

    def press() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.1, press)
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        wait(silent)
    assert time.monotonic() - sent[0] < PROMPT_SEC
    timer.join()


@pytest.mark.parametrize("kind", ["socket", "pipe"])
def test_ctrl_c_ends_a_program(kind: str) -> None:
    code = (
        "import os, sys, nmsg\n"
        "ends = os.pipe()\n"
        "i = (nmsg.input.open_sock('127.0.0.1', 0) if sys.argv[1] == 'socket'\n"
        "     else nmsg.input.open_file(ends[0]))\n"
        "print('ready', flush=True)\n"
        "for m in i: pass"
    )
    with python(code, kind) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SEC)
        assert time.monotonic() - start < 2 * PROMPT_SEC  # Python itself has to end, too.
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT


def test_an_input_is_usable_after_an_interruption(receiver: nmsg.input, send: Sender) -> None:
    with alarm(), pytest.raises(Interrupted):
        receiver.read()
    send(wire.container(*wire.conns(1, 2)))
    assert ports([receiver.read(), receiver.read()]) == [1, 2]


def test_a_file_is_usable_after_an_interruption(pipe: tuple[int, int]) -> None:
    octets = wire.container(*wire.conns(1, 2))
    with READ(pipe[0]) as reader:
        for piece in (octets[:5], octets[5:20]):
            os.write(pipe[1], piece)
            with alarm(), pytest.raises(Interrupted):
                reader.read()
        os.write(pipe[1], octets[20:])
        os.close(pipe[1])
        assert ports(reader) == [1, 2]


def test_a_handler_that_returns_lets_it_go_on(receiver: nmsg.input, send: Sender) -> None:
    calls = 0

    def handle() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            send(wire.container(wire.conn(7)))

    with alarm(0.02, handle, interval_sec=0.02) as times:
        assert receiver.read()["srcport"] == 7
    assert len(times) >= 5


def test_an_interruption_while_a_large_file_is_read(path: Path) -> None:
    with WRITE(path) as writer:
        for number in range(100_000):
            writer.write(numbered(number))
    seen: list[int] = []
    with READ(path) as reader:
        with alarm(0.005), contextlib.suppress(Interrupted):
            for message in reader:
                seen.append(message["len_frame"])
        rest = numbers(reader)
    # The handler runs between two instructions of the loop: one message may be in flight there.
    assert len(seen) + len(rest) >= 99_999
    assert seen == list(range(len(seen)))
    assert rest == list(range(100_000 - len(rest), 100_000))


def test_bad_datagrams_do_not_keep_signals_away(receiver: nmsg.input) -> None:
    """Whoever sends garbage without end must not make a program deaf."""
    is_over = threading.Event()
    sender = Sender(receiver.address)

    def pour() -> None:
        while not is_over.is_set():
            sender(*[b"garbage"] * 100)

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        wait_until(lambda: receiver.stats.datagrams > 1000)
        with alarm(0.05) as times, pytest.raises(Interrupted):
            receiver.read()
        assert time.monotonic() - times[0] < PROMPT_SEC
    finally:
        is_over.set()
        thread.join()
        sender.close()


def test_unwanted_messages_do_not_keep_signals_away(path: Path) -> None:
    with WRITE(path) as writer:
        for number in range(300_000):
            writer.write(numbered(number))
    with READ(path) as reader:
        reader.set_filter_source(1)
        with alarm(0.001) as times, contextlib.suppress(Interrupted):
            assert reader.read() is None
        if times:
            assert time.monotonic() - times[0] < PROMPT_SEC


# -- writing --


class SlowReader:
    """Reads a pipe only when it is told to, and then all of it."""

    def __init__(self, descriptor: int) -> None:
        self.octets = b""
        self.thread = threading.Thread(target=self.run, args=(descriptor,))

    def run(self, descriptor: int) -> None:
        parts = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
        self.octets = b"".join(parts)

    def start(self) -> None:
        self.thread.start()

    def finish(self, path: Path) -> list[nmsg.message]:
        """The messages, which must be all that is in the pipe."""
        self.thread.join(PATIENCE_SEC)
        assert not self.thread.is_alive()
        path.write_bytes(self.octets)
        with READ(path, errors="raise") as reader:
            return list(reader)


def write_until_interrupted(writer: nmsg.output, length: int = 100) -> int:
    """Write numbered messages; the number of the first that write() did not return for."""
    number = 0
    with contextlib.suppress(Interrupted, KeyboardInterrupt):
        while True:
            writer.write(numbered(number, length))
            number += 1
    return number


@pytest.mark.parametrize("is_blocking", [True, False])
@pytest.mark.parametrize("is_buffered", [True, False])
@pytest.mark.parametrize("length", [100, 200_000, 3_000_000])
def test_an_exception_of_a_handler_ends_a_write(
    length: int, is_buffered: bool, is_blocking: bool, pipe: tuple[int, int], path: Path
) -> None:
    os.set_blocking(pipe[1], is_blocking)
    reader = SlowReader(pipe[0])
    writer = WRITE(pipe[1], 65536)
    writer.set_buffered(is_buffered)
    with alarm(0.15) as times:
        number = write_until_interrupted(writer, length)
    assert time.monotonic() - times[0] < PROMPT_SEC
    accepted = writer.stats.messages
    assert accepted in (number, number + 1)
    # Another attempt is in vain as well, and costs nothing.
    with alarm(), pytest.raises(Interrupted):
        writer.flush()
    reader.start()
    for later in range(number + 1, number + 4):
        writer.write(numbered(later, length))
    writer.close()
    os.close(pipe[1])
    expected = [n for n in range(number + 4) if n != number or accepted == number + 1]
    messages = reader.finish(path)
    assert numbers(messages) == expected
    assert {len(m["payload"]) for m in messages} == {length}


def test_ctrl_c_ends_a_write(pipe: tuple[int, int], path: Path) -> None:
    reader = SlowReader(pipe[0])
    writer = WRITE(pipe[1])
    sent: list[float] = []

    def press() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.15, press)
    timer.start()
    write_until_interrupted(writer)
    assert time.monotonic() - sent[0] < PROMPT_SEC
    timer.join()
    accepted = writer.stats.messages
    reader.start()
    writer.close()
    os.close(pipe[1])
    assert numbers(reader.finish(path)) == list(range(accepted))


def test_an_interrupted_close_may_be_repeated(pipe: tuple[int, int], path: Path) -> None:
    reader = SlowReader(pipe[0])
    writer = WRITE(pipe[1])
    for number in range(5000):
        writer.write(numbered(number, 100))
    for _ in range(2):
        with alarm() as times, pytest.raises(Interrupted):
            writer.close()
        assert time.monotonic() - times[0] < PROMPT_SEC
    reader.start()
    writer.write(numbered(5000))
    writer.close()
    os.close(pipe[1])
    assert numbers(reader.finish(path)) == list(range(5001))


def test_a_handler_that_returns_lets_a_write_go_on(pipe: tuple[int, int], path: Path) -> None:
    reader = SlowReader(pipe[0])
    writer = WRITE(pipe[1])

    calls = 0

    def handle() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            reader.start()

    with alarm(0.02, handle, interval_sec=0.02):
        for number in range(30_000):
            writer.write(numbered(number, 100))
    assert calls >= 5
    writer.close()
    os.close(pipe[1])
    assert numbers(reader.finish(path)) == list(range(30_000))


def test_opening_a_named_pipe_can_be_interrupted(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for opener in (READ, WRITE):
        with alarm() as times, pytest.raises(Interrupted):
            opener(fifo)
        assert time.monotonic() - times[0] < PROMPT_SEC


# -- what handlers do --

HANDLER = """
import os, signal, sys, threading, nmsg
ends = os.pipe()
count = 0
if sys.argv[1] == "socket":
    thing = nmsg.input.open_sock("127.0.0.1", 0)
elif sys.argv[1] == "pipe":
    thing = nmsg.input.open_file(ends[0])
else:
    thing = nmsg.output.open_file(ends[1], 65536)

def drain():
    while sys.argv[1] == "output" and os.read(ends[0], 65536):
        pass

def handle(number, frame):
    global count
    count += 1
    threading.Thread(target=drain, daemon=True).start()
    if sys.argv[2] == "write":
        thing.write(nmsg.msgtype.base.pkt(payload=b"y"))
    else:
        getattr(thing, sys.argv[2])()

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    if isinstance(thing, nmsg.input):
        print(thing.read())
    else:
        while count == 0:
            thing.write(nmsg.msgtype.base.pkt(payload=b"x" * 1000))
except nmsg.Error as error:
    print(type(error).__name__)
print("over", flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("kind", ["socket", "pipe"])
def test_a_handler_may_close_the_input_that_waits(kind: str) -> None:
    """The usual end of a daemon: SIGTERM comes while it waits for a message."""
    assert run_python(HANDLER, kind, "close", patience_sec=HANG_SEC).endswith("over\n")


@pytest.mark.parametrize("what", ["close", "write"])
def test_a_handler_may_use_the_output_that_waits(what: str) -> None:
    """What it gets may be an error, but the program must not hang."""
    assert run_python(HANDLER, "output", what, patience_sec=HANG_SEC).endswith("over\n")


def test_a_handler_may_ask_for_stats() -> None:
    def send() -> None:
        with nmsg.output.open_sock(*reader.address) as writer:
            writer.write(connection(1))

    with (
        nmsg.input.open_sock("127.0.0.1", 0) as reader,
        alarm(0.02, lambda: reader.stats, interval_sec=0.02) as times,
    ):
        later = threading.Timer(0.2, send)
        later.start()
        assert reader.read()["srcport"] == 1
        later.join()
    assert times


# -- threads of ours --


def blocked_signals() -> dict[str, int]:
    """The signal masks of this process's threads, by name and number."""
    masks = {}
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            status = dict(
                line.split(":\t", 1) for line in (task / "status").read_text().splitlines()
            )
            masks[f"{status['Name'].strip()} {task.name}"] = int(status["SigBlk"], 16)
    return masks


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_threads_of_ours_take_no_signals(receiver: nmsg.input, path: Path) -> None:
    with nmsg.open(path, "w", compress=True) as writer:
        writer.write(connection(1))  # Starts the thread that flushes,
        writer.flush()  # and on several processors those that compress.
        writer.write(connection(2))
        masks = wait_until(
            lambda: {
                name: mask for name, mask in blocked_signals().items() if name.startswith("nmsg-")
            }
        )
        names = {name.split()[0] for name in masks}
        assert names - {"nmsg-work"} == {"nmsg-receive", "nmsg-flush"}
        assert ("nmsg-work" in names) == (len(os.sched_getaffinity(0)) > 1)
        ours = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGUSR1)
        for mask in masks.values():
            assert all(mask >> (number - 1) & 1 for number in ours)


def test_the_module_installs_no_handlers() -> None:
    code = (
        "import signal\n"
        "def handlers(): return [signal.getsignal(s) for s in signal.valid_signals()]\n"
        "before = handlers()\n"
        "import nmsg\n"
        "i = nmsg.input.open_sock('127.0.0.1', 0)\n"
        "o = nmsg.output.open_sock(*i.address)\n"
        "o.write(nmsg.msgtype.base.ipconn()); o.flush(); i.read()\n"
        "print(handlers() == before)"
    )
    assert run_python(code) == "True\n"
