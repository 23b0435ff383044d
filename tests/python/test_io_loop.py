# SPDX-License-Identifier: Apache-2.0
"""The loop of the engine: how it starts, how it is ended, and what is lost by that (nothing)."""

import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_engine import Calls, collect, collect_all
from nmsg_support import (
    IS_SANITIZED,
    PATIENCE_SEC,
    PROMPT_SEC,
    Interrupted,
    Sender,
    alarm,
    connection,
    ports,
    python,
    wait_until,
)
from test_leaks import ISOLATED, environment
from test_leaks import PATIENCE_SEC as LEAKS_PATIENCE_SEC

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file


@pytest.fixture
def engine() -> Iterator[nmsg.io]:
    with nmsg.io() as io:
        yield io


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file with messages of these ports and gives its path."""
    count = itertools.count()

    def make(*values: int, **header: Any) -> Path:
        path = tmp_path / f"in{next(count)}.nmsg"
        with WRITE(path) as writer:
            for value in values:
                writer.write(connection(value, **header))
        return path

    return make


# -- starting and ending --


def test_a_loop_without_inputs_ends_at_once(engine: nmsg.io) -> None:
    engine.loop()
    engine.add_output_callback(print)
    engine.loop()


def test_a_loop_without_outputs_is_refused(engine: nmsg.io, file: Callable[..., Path]) -> None:
    engine.add_input(READ(file(1)))
    with pytest.raises(nmsg.Error, match=r"^nmsg_io_loop\(\) failed: .*no output"):
        engine.loop()
    assert ports(collect_all(engine)) == [1]


def test_a_loop_is_run_again(engine: nmsg.io, file: Callable[..., Path]) -> None:
    messages = collect(engine)
    for port in range(3):
        engine.add_input(READ(file(port)))
        engine.loop()
        engine.loop()
    assert ports(messages) == [0, 1, 2]


def test_inputs_are_added_while_it_runs(engine: nmsg.io, file: Callable[..., Path]) -> None:
    paths = [file(port) for port in range(5)]

    def add() -> None:
        if len(calls.ports) < len(paths):
            engine.add_input(READ(paths[len(calls.ports)]))

    calls = Calls(add)
    engine.add_input(READ(paths[0]))
    engine.add_output_callback(calls)
    engine.loop()
    assert calls.ports == [0, 1, 2, 3, 4]


def test_a_callback_breaks_the_loop(engine: nmsg.io, file: Callable[..., Path]) -> None:
    engine.add_input(READ(file(*range(1000))))
    calls = Calls(lambda: len(calls.ports) % 100 == 0 and engine.break_loop())
    engine.add_output_callback(calls)
    for end in range(100, 1001, 100):
        engine.loop()
        assert calls.ports == list(range(end))
    engine.loop()
    assert len(calls.ports) == 1000


def test_another_thread_breaks_the_loop(engine: nmsg.io, receiver: nmsg.input) -> None:
    engine.add_input(receiver)
    engine.add_output_callback(print)
    times: list[float] = []

    def end() -> None:
        times.append(time.monotonic())
        engine.break_loop()

    for _ in range(3):
        timer = threading.Timer(0.1, end)
        timer.start()
        engine.loop()
        assert time.monotonic() - times[-1] < PROMPT_SEC
        timer.join()


def test_breaking_before_the_loop_ends_the_next(engine: nmsg.io, receiver: nmsg.input) -> None:
    """So a thread that breaks a loop need not know whether it has begun."""
    engine.add_input(receiver)
    engine.add_output_callback(print)
    engine.break_loop()
    engine.loop()
    with alarm(), pytest.raises(Interrupted):
        engine.loop()


def test_an_exception_of_a_callback_ends_the_loop(
    engine: nmsg.io, file: Callable[..., Path]
) -> None:
    def fail() -> None:
        if len(calls.ports) % 3 == 0:
            raise ZeroDivisionError(calls.ports[-1])

    engine.add_input(READ(file(*range(7))))
    calls = Calls(fail)
    engine.add_output_callback(calls)
    for port in (2, 5):
        with pytest.raises(ZeroDivisionError, match=str(port)):
            engine.loop()
    engine.loop()
    assert calls.ports == list(range(7))


def test_the_loop_runs_once_at_a_time(engine: nmsg.io, file: Callable[..., Path]) -> None:
    errors: list[nmsg.Error] = []

    def run_again() -> None:
        try:
            engine.loop()
        except nmsg.Error as error:
            errors.append(error)

    def try_both() -> None:
        run_again()
        thread = threading.Thread(target=run_again)
        thread.start()
        thread.join(PATIENCE_SEC)

    engine.add_input(READ(file(1)))
    engine.add_output_callback(Calls(try_both))
    engine.loop()
    assert [str(e) for e in errors] == ["nmsg_io_loop() failed: the loop is running already"] * 2


def test_the_loop_runs_in_a_thread(engine: nmsg.io, receiver: nmsg.input, send: Sender) -> None:
    engine.add_input(receiver)
    idents: list[int] = []
    engine.add_output_callback(lambda _: idents.append(threading.get_ident()))
    thread = threading.Thread(target=engine.loop)
    thread.start()
    send(wire.container(wire.conn(1)))
    wait_until(lambda: idents)
    engine.break_loop()
    thread.join(PATIENCE_SEC)
    assert not thread.is_alive()
    assert idents == [thread.ident]


def test_other_threads_run_meanwhile(engine: nmsg.io, file: Callable[..., Path]) -> None:
    """Also when nothing in the loop is Python code."""
    is_over = threading.Event()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while not is_over.is_set():
            ticks += 1
            time.sleep(0.001)

    path = file(*range(50_000))
    for _ in range(20):
        engine.add_input(READ(path))
    engine.add_output(WRITE(os.devnull))
    thread = threading.Thread(target=tick)
    thread.start()
    start = time.monotonic()
    engine.loop()
    elapsed = time.monotonic() - start
    is_over.set()
    thread.join()
    assert ticks > elapsed / 0.05


# -- closing --


def test_a_closed_engine(path: Path) -> None:
    engine = nmsg.io()
    assert repr(engine).startswith("nmsg io object _instance=0x")
    engine.close()
    engine.close()
    engine.break_loop()
    assert repr(engine) == "nmsg io object _instance=0x0"
    for use in (
        engine.loop,
        lambda: engine.add_output_callback(print),
        lambda: engine.add_input_channel("ch1"),
        lambda: engine.set_filter_source(1),
    ):
        with pytest.raises(nmsg.Error, match=r"^object not initialized$"):
            use()
    with WRITE(path) as writer:
        with pytest.raises(nmsg.Error, match=r"^object not initialized$"):
            engine.add_output(writer)
        writer.write(connection(1))  # It was not taken.


def test_closing_writes_what_is_left(file: Callable[..., Path], path: Path) -> None:
    engine = nmsg.io()
    engine.add_input(READ(file(1, 2, 3)))
    engine.add_output(WRITE(path, flush_interval=0))
    engine.add_output_callback(lambda _: engine.break_loop())
    engine.loop()
    engine.close()
    assert ports(READ(path)) == [1]


def test_a_callback_closes(file: Callable[..., Path]) -> None:
    engine = nmsg.io()
    calls = Calls(engine.close)
    engine.add_input(READ(file(1, 2, 3)))
    engine.add_output_callback(calls)
    engine.loop()
    assert calls.ports == [1]
    with pytest.raises(nmsg.Error, match="not initialized"):
        engine.loop()


def test_a_callback_closes_and_raises(file: Callable[..., Path]) -> None:
    engine = nmsg.io()

    def end() -> None:
        engine.close()
        raise ZeroDivisionError

    engine.add_input(READ(file(1, 2, 3)))
    engine.add_output_callback(Calls(end))
    with pytest.raises(ZeroDivisionError):
        engine.loop()
    assert repr(engine).endswith("=0x0")


def test_another_thread_closes(receiver: nmsg.input) -> None:
    engine = nmsg.io()
    engine.add_input(receiver)
    engine.add_output_callback(print)
    thread = threading.Timer(0.1, engine.close)
    thread.start()
    engine.loop()
    thread.join(PATIENCE_SEC)
    assert repr(engine).endswith("=0x0")
    assert receiver.address is None


def test_dropping_closes_and_writes(file: Callable[..., Path], path: Path) -> None:
    reader = READ(file(1, 2, 3))
    writer = WRITE(path, flush_interval=0)

    def use() -> None:
        engine = nmsg.io()
        engine.add_input(reader)
        engine.add_output(writer)
        engine.add_output_callback(lambda _: engine.break_loop())
        engine.loop()

    use()
    gc.collect()
    assert repr(reader).endswith("=0x0")
    assert repr(writer).endswith("=0x0")
    assert ports(READ(path)) == [1]


def test_cycles_through_callbacks_are_collected(file: Callable[..., Path]) -> None:
    class Engine(nmsg.io):
        pass

    class Output(nmsg.output):
        pass

    def use_engine() -> "weakref.ref[Engine]":
        engine = Engine()
        engine.add_input(READ(file(1)))
        engine.add_output_callback(lambda _: engine.break_loop())
        engine.loop()
        return weakref.ref(engine)

    def use_output() -> "weakref.ref[Output]":
        output = Output.open_callback(lambda m: output.write(m))
        return weakref.ref(output)

    for use in (use_engine, use_output):
        dead = use()
        gc.collect()
        assert dead() is None


def test_callbacks_are_let_go(file: Callable[..., Path]) -> None:
    def callback(_: nmsg.message) -> None:
        pass

    count = sys.getrefcount(callback)
    with nmsg.io() as engine:
        engine.add_output_callback(callback)
        engine.add_input(READ(file(*range(100))))
        engine.loop()
        assert sys.getrefcount(callback) == count + 1
    assert sys.getrefcount(callback) == count


def test_subclasses(file: Callable[..., Path]) -> None:
    class Counter(nmsg.io):
        def __init__(self, path: Path) -> None:
            self.count = 0
            self.add_input(READ(path))
            self.add_output_callback(self.on_message)

        def on_message(self, _: nmsg.message) -> None:
            self.count += 1

    with Counter(file(1, 2, 3)) as counter:
        counter.loop()
    assert counter.count == 3
    with pytest.raises(TypeError):
        nmsg.io(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        nmsg.io(a=1)  # type: ignore[call-arg]


# -- signals --


@pytest.fixture(params=["socket", "pipe", "both"])
def silent(request: pytest.FixtureRequest, pipe: tuple[int, int]) -> Iterator[nmsg.io]:
    """An engine in which nothing comes."""
    with nmsg.io() as engine:
        if request.param != "pipe":
            engine.add_input(nmsg.input.open_sock("127.0.0.1", 0))
        if request.param != "socket":
            engine.add_input(READ(pipe[0]))
        engine.add_output_callback(print)
        yield engine


def test_an_exception_of_a_signal_handler_ends_the_loop(silent: nmsg.io) -> None:
    for _ in range(3):
        with alarm() as times, pytest.raises(Interrupted):
            silent.loop()
        assert time.monotonic() - times[0] < PROMPT_SEC


def test_ctrl_c_ends_the_loop(silent: nmsg.io) -> None:
    sent: list[float] = []

    def press() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.1, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        silent.loop()
    assert time.monotonic() - sent[0] < PROMPT_SEC
    timer.join()


def test_a_handler_that_returns_lets_it_go_on(silent: nmsg.io) -> None:
    calls = itertools.count(1)
    with alarm(0.02, lambda: next(calls) == 5 and silent.break_loop(), 0.02) as times:
        silent.loop()
    assert len(times) >= 5


def test_signals_during_a_stream(engine: nmsg.io, file: Callable[..., Path]) -> None:
    """The handler runs also while there is always something to do, and nothing is lost by it."""
    path = file(*range(1000))
    messages = collect(engine)
    for _ in range(300):
        engine.add_input(READ(path))
    interruptions = 0
    while True:
        try:
            with alarm(0.003):
                engine.loop()
            break
        except Interrupted:
            interruptions += 1
    assert len(messages) == 300_000
    assert sum(one.stats.messages for one in engine.inputs) == 300_000
    assert interruptions > 0


def test_a_handler_may_close(receiver: nmsg.input) -> None:
    engine = nmsg.io()
    engine.add_input(receiver)
    engine.add_output_callback(print)
    with alarm(0.1, engine.close):
        engine.loop()
    assert repr(engine).endswith("=0x0")


def test_no_signal_handlers_are_installed(engine: nmsg.io, file: Callable[..., Path]) -> None:
    kinds = (signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGTERM, signal.SIGPIPE)
    before = [signal.getsignal(kind) for kind in kinds]
    engine.add_input(READ(file(1)))
    engine.add_output_callback(lambda _: seen.append([signal.getsignal(k) for k in kinds]))
    seen: list[Any] = []
    engine.loop()
    assert seen == [before]


def test_ctrl_c_ends_a_program() -> None:
    code = (
        "import nmsg\n"
        "engine = nmsg.io()\n"
        "engine.add_input(nmsg.input.open_sock('127.0.0.1', 0))\n"
        "engine.add_output_callback(print)\n"
        "print('ready', flush=True)\n"
        "engine.loop()\n"
    )
    with python(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SEC)
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT


def test_waiting_costs_nothing(silent: nmsg.io) -> None:
    before = time.process_time()
    with alarm(1.0), pytest.raises(Interrupted):
        silent.loop()
    assert time.process_time() - before < (0.5 if IS_SANITIZED else 0.1)


# -- outputs that do not take everything --


@pytest.fixture
def full(engine: nmsg.io, file: Callable[..., Path], pipe: tuple[int, int]) -> nmsg.io:
    """An engine that writes more into a pipe than goes in."""
    engine.add_input(READ(file(*range(60_000))))
    engine.add_output(WRITE(pipe[1], 512))
    return engine


def read_pipe(engine: nmsg.io, pipe: tuple[int, int], end: Callable[[], None]) -> list[int]:
    """All that comes out of the pipe while `end` runs and afterwards the engine is closed."""
    seen: list[int] = []

    def drain() -> None:
        seen.extend(ports(READ(pipe[0])))

    thread = threading.Thread(target=drain)
    thread.start()
    try:
        end()
        engine.close()
    finally:
        os.close(pipe[1])
        thread.join(PATIENCE_SEC)
    return seen


@pytest.mark.parametrize("by", ["signal", "break"])
def test_a_full_pipe_does_not_keep_the_loop(by: str, full: nmsg.io, pipe: tuple[int, int]) -> None:
    if by == "signal":
        with alarm(0.3) as times, pytest.raises(Interrupted):
            full.loop()
        assert time.monotonic() - times[0] < PROMPT_SEC
    else:
        timer = threading.Timer(0.3, full.break_loop)
        timer.start()
        full.loop()
        timer.join()
    assert full.inputs[0].stats.messages < 60_000
    assert read_pipe(full, pipe, full.loop) == list(range(60_000))


def test_nothing_taken_from_an_input_is_lost_by_closing(
    full: nmsg.io, pipe: tuple[int, int]
) -> None:
    with alarm(0.3), pytest.raises(Interrupted):
        full.loop()
    count = full.inputs[0].stats.messages
    assert read_pipe(full, pipe, full.close) == list(range(count))


def test_closing_is_interrupted_and_tried_again(full: nmsg.io, pipe: tuple[int, int]) -> None:
    with alarm(0.3), pytest.raises(Interrupted):
        full.loop()
    with alarm(0.2), pytest.raises(Interrupted):
        full.close()
    count = full.inputs[0].stats.messages
    assert read_pipe(full, pipe, full.close) == list(range(count))


def test_a_broken_pipe_is_raised(full: nmsg.io, pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        full.loop()
    with pytest.raises(BrokenPipeError):
        full.close()
    full.close()


def test_all_outputs_are_closed_when_one_fails(
    file: Callable[..., Path], path: Path, pipe: tuple[int, int]
) -> None:
    engine = nmsg.io()
    engine.add_input(READ(file(*range(4))))
    engine.add_output(WRITE(pipe[1], flush_interval=0))
    engine.add_output(WRITE(path, flush_interval=0))
    calls = Calls(lambda: calls.ports == [2] and engine.break_loop())
    engine.add_output_callback(calls)
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        engine.loop()
    with pytest.raises(BrokenPipeError):
        engine.close()
    assert ports(READ(path)) == [1]
    assert repr(engine).endswith("=0x0")


def test_messages_that_json_cannot_hold(
    engine: nmsg.io, make_file: Callable[..., Path], tmp_path: Path
) -> None:
    unknown = wire.Payload(vid=77, msgtype=9, data=b"abc")
    engine.add_input(READ(make_file(wire.container(wire.conn(1), unknown, wire.conn(2)))))
    engine.add_output(nmsg.output.open_json(tmp_path / "out.json"))
    with pytest.raises(nmsg.Error, match="unknown message type"):
        engine.loop()
    engine.loop()
    engine.close()
    assert ports(nmsg.input.open_json(tmp_path / "out.json")) == [1, 2]


# -- what is left behind --


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ISOLATED / "leak_io.py", tmp_path],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=LEAKS_PATIENCE_SEC,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
