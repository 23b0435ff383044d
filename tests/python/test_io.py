# SPDX-License-Identifier: Apache-2.0
"""The engine: from several inputs to several outputs."""

import io
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_engine import Calls, collect, collect_all
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
    wait_until,
)

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file


@pytest.fixture
def engine() -> Iterator[nmsg.io]:
    with nmsg.io() as made:
        yield made


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


# -- from inputs to callbacks --


def test_a_file(engine: nmsg.io, file: Callable[..., Path]) -> None:
    engine.add_input(READ(file(*range(2000))))
    messages = collect(engine)
    engine.loop()
    assert ports(messages) == list(range(2000))
    assert type(messages[0]) is nmsg.msgtype.base.ipconn
    assert engine.inputs[0].stats.messages == 2000
    assert engine.outputs[0].stats.messages == 2000


def test_several_files_are_read_in_turn(engine: nmsg.io, file: Callable[..., Path]) -> None:
    count = 5000
    for start in (0, 10_000, 20_000):
        engine.add_input(READ(file(*range(start, start + count))))
    messages = ports(collect_all(engine))
    assert len(messages) == 3 * count
    for start in (0, 10_000, 20_000):
        mine = [port for port in messages if port // 10_000 * 10_000 == start]
        assert mine == list(range(start, start + count))
    first_of_last = messages.index(20_000)
    assert first_of_last < count


def test_all_kinds_of_inputs_at_once(
    engine: nmsg.io,
    file: Callable[..., Path],
    receiver: nmsg.input,
    send: Sender,
    pipe: tuple[int, int],
    tmp_path: Path,
) -> None:
    lines = tmp_path / "in.json"
    with nmsg.output.open_json(lines) as writer:
        for port in (3, 4):
            writer.write(connection(port))
    send(wire.container(*wire.conns(5, 6)))
    os.write(pipe[1], wire.container(*wire.conns(7, 8)))
    os.close(pipe[1])
    engine.add_input(READ(file(1, 2)))
    engine.add_input(nmsg.input.open_json(lines))
    engine.add_input(receiver)
    engine.add_input(READ(pipe[0]))
    calls = Calls(lambda: len(calls.ports) == 8 and engine.break_loop())
    engine.add_output_callback(calls)
    engine.loop()
    assert sorted(calls.ports) == list(range(1, 9))
    for first in range(1, 9, 2):
        assert calls.ports.index(first) < calls.ports.index(first + 1)


def test_a_pipe_that_stalls_holds_up_nobody(
    engine: nmsg.io, receiver: nmsg.input, send: Sender, pipe: tuple[int, int]
) -> None:
    octets = wire.container(*wire.conns(1))
    os.write(pipe[1], octets[:7])
    engine.add_input(READ(pipe[0]))
    engine.add_input(receiver)

    def go_on() -> None:
        if len(calls.ports) < 5:
            send(wire.container(wire.conn(100)))
        elif len(calls.ports) == 5:
            os.write(pipe[1], octets[7:])
        else:
            engine.break_loop()

    calls = Calls(go_on)
    engine.add_output_callback(calls)
    send(wire.container(wire.conn(100)))
    engine.loop()
    assert calls.ports == [100] * 5 + [1]


def test_a_slow_callback_is_fair(
    engine: nmsg.io, file: Callable[..., Path], receiver: nmsg.input, send: Sender
) -> None:
    engine.add_input(READ(file(*range(2000))))
    engine.add_input(receiver)
    send(wire.container(wire.conn(9999)))
    wait_until(lambda: receiver.stats.datagrams == 1)

    def go_on() -> None:
        time.sleep(0.001)
        if calls.ports[-1] == 9999:
            engine.break_loop()

    calls = Calls(go_on)
    engine.add_output_callback(calls)
    engine.loop()
    assert len(calls.ports) < 200


def test_file_objects_without_descriptor(engine: nmsg.io) -> None:
    engine.add_input(nmsg.open(io.BytesIO(wire.container(*wire.conns(1, 2, 3)))))
    target = io.BytesIO()
    engine.add_output(nmsg.open(target, "w"))
    engine.loop()
    assert ports(nmsg.open(target.getvalue())) == [1, 2, 3]


def test_exceptions_of_file_objects_are_raised(engine: nmsg.io, file: Callable[..., Path]) -> None:
    class Bad(io.BytesIO):
        def read1(self, _size: int | None = -1) -> bytes:
            raise ZeroDivisionError

        read = read1

        def write(self, _octets: Any) -> int:
            raise ZeroDivisionError

    engine.add_input(nmsg.open(Bad()))
    engine.add_output_callback(print)
    with pytest.raises(ZeroDivisionError):
        engine.loop()
    with nmsg.io() as other:
        other.add_input(READ(file(1)))
        other.add_output(nmsg.open(Bad(), "w"))
        with pytest.raises(ZeroDivisionError):
            other.loop()
        with pytest.raises(ZeroDivisionError):
            other.close()


def test_unknown_types_arrive(engine: nmsg.io, make_file: Callable[..., Path]) -> None:
    payload = wire.Payload(vid=77, msgtype=9, data=b"abc")
    engine.add_input(READ(make_file(wire.container(payload))))
    (message,) = collect_all(engine)
    assert (message.vid, message.msgtype, message.payload) == (77, 9, b"abc")


def test_strings_are_as_the_input_says(engine: nmsg.io, path: Path) -> None:
    with WRITE(path) as writer:
        writer.write(nmsg.msgtype.base.logline(message="text"))
    engine.add_input(READ(path, strings="bytes"))
    assert collect_all(engine)[0]["message"] == b"text"


# -- several outputs --


def test_messages_go_round(engine: nmsg.io, file: Callable[..., Path]) -> None:
    engine.add_input(READ(file(*range(7))))
    calls = [collect(engine) for _ in range(3)]
    engine.loop()
    assert [ports(messages) for messages in calls] == [[0, 3, 6], [1, 4], [2, 5]]


def test_outputs_of_all_kinds(
    engine: nmsg.io,
    file: Callable[..., Path],
    receiver: nmsg.input,
    tmp_path: Path,
) -> None:
    assert receiver.address is not None
    engine.add_input(READ(file(*range(400))))
    engine.add_output(WRITE(tmp_path / "out.nmsg"))
    engine.add_output(nmsg.output.open_json(tmp_path / "out.json"))
    engine.add_output(nmsg.output.open_sock(*receiver.address))
    messages = collect(engine)
    engine.loop()
    # Flushed, though nothing is closed yet.
    assert ports(READ(tmp_path / "out.nmsg")) == list(range(0, 400, 4))
    assert ports(nmsg.input.open_json(tmp_path / "out.json")) == list(range(1, 400, 4))
    assert [receiver.read()["srcport"] for _ in range(100)] == list(range(2, 400, 4))
    assert ports(messages) == list(range(3, 400, 4))
    assert [output.stats.messages for output in engine.outputs] == [100] * 4


def test_headers_and_unknown_fields_are_written_as_they_came(
    engine: nmsg.io, make_file: Callable[..., Path], tmp_path: Path
) -> None:
    unknown = wire.octets(99, b"not of this table")
    payload = wire.Payload(msgtype=5, data=unknown, source=7, operator=3, group=4)
    engine.add_input(READ(make_file(wire.container(payload))))
    engine.add_output(WRITE(tmp_path / "out.nmsg"))
    engine.loop()
    (message,) = READ(tmp_path / "out.nmsg")
    assert (message.source, message.operator, message.group) == (7, 3, 4)
    assert message.payload == unknown


def test_an_output_that_does_not_want_a_message_is_passed_over(engine: nmsg.io, path: Path) -> None:
    with WRITE(path) as writer:
        for number in range(4):
            writer.write(connection(number))
            writer.write(numbered(number))
    calls: list[list[nmsg.message]] = [[], [], []]
    for messages, msgtype in zip(calls, ("ipconn", "pkt", "http"), strict=True):
        output = nmsg.output.open_callback(messages.append)
        output.set_filter_msgtype("base", msgtype)
        engine.add_output(output)
    engine.add_input(READ(path))
    engine.loop()
    assert (ports(calls[0]), numbers(calls[1]), calls[2]) == ([0, 1, 2, 3], [0, 1, 2, 3], [])


def test_what_no_output_wants_is_dropped(engine: nmsg.io, file: Callable[..., Path]) -> None:
    engine.add_input(READ(file(1, 2)))
    output = nmsg.output.open_callback(pytest.fail)
    output.set_filter_msgtype("base", "http")
    engine.add_output(output)
    engine.loop()
    assert engine.inputs[0].stats.messages == 2


# -- filters --


@pytest.fixture
def mixed(path: Path) -> Path:
    with WRITE(path) as writer:
        for port, header in enumerate(
            ({}, {"source": 1}, {"source": 2}, {"operator": 7}, {"group": 8})
        ):
            writer.write(connection(port, **header))
        writer.write(numbered(77))
    return path


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("msgtype", (1, 5), [0, 1, 2, 3, 4]),
        ("msgtype", ("base", "ipconn"), [0, 1, 2, 3, 4]),
        ("source", (2,), [2]),
        ("operator", (7,), [3]),
        ("group", (8,), [4]),
    ],
)
def test_filters(
    engine: nmsg.io, mixed: Path, name: str, args: tuple[Any, ...], expected: list[int]
) -> None:
    getattr(engine, f"set_filter_{name}")(*args)
    engine.add_input(READ(mixed))
    assert ports(collect_all(engine)) == expected


def test_filters_apply_to_what_is_added_later(engine: nmsg.io, mixed: Path) -> None:
    engine.add_input(READ(mixed))
    engine.set_filter_source(1)
    engine.add_input(READ(mixed))
    engine.set_filter_source(0)
    reader = READ(mixed)
    reader.set_filter_source(2)
    engine.add_input(reader)
    collect_all(engine)
    assert [one.stats.messages for one in engine.inputs] == [6, 1, 1]


def test_the_type_is_set_on_outputs_too(engine: nmsg.io, mixed: Path) -> None:
    engine.add_input(READ(mixed))
    first = collect(engine)
    engine.set_filter_msgtype("base", "pkt")
    second = collect(engine)
    engine.loop()
    assert all(isinstance(m, nmsg.msgtype.base.pkt) for m in second)
    assert len(first) + len(second) == 6


def test_filter_arguments(engine: nmsg.io) -> None:
    for text, function, args in (
        ("unknown vendor name", engine.set_filter_msgtype, ("nobody", 1)),
        ("unknown vendor ID or message type name", engine.set_filter_msgtype, (1, "nothing")),
        ("unknown operator name: nobody", engine.set_filter_operator, ("nobody",)),
        ("unknown group name: nobody", engine.set_filter_group, ("nobody",)),
    ):
        with pytest.raises(nmsg.Error, match=text):
            function(*args)
    with pytest.raises(TypeError):
        engine.set_filter_msgtype(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        engine.set_filter_source("1")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        engine.set_filter_source(-1)


# -- who owns what --


def test_an_input_that_was_added_belongs_to_the_engine(
    engine: nmsg.io, file: Callable[..., Path]
) -> None:
    reader = READ(file(1, 2))
    engine.add_input(reader)
    for use in (
        reader.read,
        lambda: next(reader),
        reader.fileno,
        lambda: reader.set_blocking_io(True),
        lambda: reader.set_filter_source(1),
        lambda: engine.add_input(reader),
        lambda: nmsg.io().add_input(reader),
    ):
        with pytest.raises(nmsg.Error, match=r"^input object not initialized$"):
            use()
    reader.close()  # Nothing happens.
    with reader:
        pass
    assert ports(collect_all(engine)) == [1, 2]
    assert reader.stats.messages == 2
    assert engine.inputs == (reader,)
    engine.close()
    assert repr(reader) == "nmsg input object type=file _instance=0x0"
    assert reader.stats.messages == 2


def test_an_output_that_was_added_belongs_to_the_engine(engine: nmsg.io, path: Path) -> None:
    writers = [WRITE(path), nmsg.output.open_callback(print)]
    for writer in writers:
        engine.add_output(writer)
        for use in (
            lambda w=writer: w.write(connection(1)),
            writer.flush,
            writer.fileno,
            lambda w=writer: w.set_buffered(True),
            lambda w=writer: w.set_zlibout(True),
            lambda w=writer: w.set_filter_msgtype(1, 5),
            lambda w=writer: engine.add_output(w),
        ):
            with pytest.raises(nmsg.Error, match=r"^output object not initialized$"):
                use()
        writer.close()  # Nothing happens.
    assert engine.outputs == tuple(writers)
    assert "0x0" not in repr(writers)
    engine.close()
    assert repr(writers[0]) == "nmsg output object type=file _instance=0x0"
    assert repr(writers[1]) == "nmsg output object type=callback _instance=0x0"


def test_what_is_not_open_is_not_taken(engine: nmsg.io, path: Path) -> None:
    writer = WRITE(path)
    writer.close()
    reader = READ(path)
    reader.close()
    for one in (nmsg.input(), reader):
        with pytest.raises(nmsg.Error, match=r"^input object not initialized$"):
            engine.add_input(one)
    for other in (nmsg.output(), writer):
        with pytest.raises(nmsg.Error, match=r"^output object not initialized$"):
            engine.add_output(other)
    for function in (engine.add_input, engine.add_output, engine.add_output_callback):
        with pytest.raises(TypeError):
            function("nothing")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        engine.add_input(nmsg.output.open_callback(print))  # type: ignore[arg-type]


def test_an_input_that_is_being_read_is_not_taken(engine: nmsg.io, receiver: nmsg.input) -> None:
    thread = threading.Thread(target=receiver.read)
    thread.start()

    def is_refused() -> bool:
        probe = nmsg.io()
        try:
            probe.add_input(receiver)
        except nmsg.Error as error:
            return "is being read" in str(error)
        raise AssertionError("taken before it was read")

    time.sleep(0.1)
    assert is_refused()
    receiver.close()
    thread.join(PATIENCE_SEC)


# -- damage --


def bad_and_good() -> bytes:
    bad = wire.container(wire.Payload(msgtype=5, data=b"\xff\xff"))
    return wire.container(wire.conn(1)) + bad + wire.container(wire.conn(2))


def test_damage_is_skipped_with_a_warning(engine: nmsg.io, path: Path) -> None:
    path.write_bytes(bad_and_good())
    engine.add_input(READ(path))
    with pytest.warns(nmsg.DataWarning):
        assert ports(collect_all(engine)) == [1, 2]
    assert engine.inputs[0].stats.bad.payloads == 1


def test_damage_is_skipped_in_silence(
    engine: nmsg.io, path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path.write_bytes(bad_and_good())
    engine.add_input(READ(path, errors="skip"))
    assert ports(collect_all(engine)) == [1, 2]
    assert not recwarn.list


def test_damage_is_raised(engine: nmsg.io, path: Path) -> None:
    path.write_bytes(bad_and_good())
    engine.add_input(READ(path, errors="raise"))
    messages = collect(engine)
    with pytest.raises(nmsg.FormatError):
        engine.loop()
    assert ports(messages) == [1]
    engine.loop()
    assert ports(messages) == [1, 2]


def test_a_file_that_ends_early(engine: nmsg.io, path: Path, file: Callable[..., Path]) -> None:
    path.write_bytes(wire.container(wire.conn(1)) + wire.container(wire.conn(2))[:-1])
    engine.add_input(READ(path))
    engine.add_input(READ(file(3)))
    messages = collect(engine)
    with pytest.raises(nmsg.TruncatedError):
        engine.loop()
    engine.loop()
    assert sorted(ports(messages)) == [1, 3]


def test_garbage_without_end_does_not_keep_signals_away(
    engine: nmsg.io, receiver: nmsg.input
) -> None:
    assert receiver.address is not None
    is_over = threading.Event()
    sender = Sender(receiver.address)

    def pour() -> None:
        while not is_over.is_set():
            sender(*[b"garbage"] * 100)

    engine.add_input(receiver)
    engine.add_output_callback(print)
    thread = threading.Thread(target=pour)
    thread.start()
    try:
        with alarm(0.1) as times, pytest.raises(Interrupted):
            engine.loop()
        assert time.monotonic() - times[0] < PROMPT_SEC
    finally:
        is_over.set()
        thread.join()
        sender.close()


# -- callbacks as outputs --


def test_a_callback_is_an_output() -> None:
    messages: list[nmsg.message] = []
    with nmsg.output.open_callback(messages.append) as writer:
        assert repr(writer).startswith("nmsg output object type=callback _instance=0x")
        assert writer.func is not None
        assert writer.fileobj is None
        message = connection(1)
        writer.write(message)
        writer.write(None)
        writer.flush()
        writer.set_buffered(False)
        writer.set_zlibout(True)
        assert messages == [message]
        assert messages[0] is message
        writer.set_filter_msgtype("base", "pkt")
        writer.write(message)
        writer.write(numbered(2))
        assert len(messages) == 2
        with pytest.raises(io.UnsupportedOperation):
            writer.fileno()
        with pytest.raises(TypeError):
            writer.write("message")  # type: ignore[arg-type]
    assert writer.stats.messages == 2
    assert writer.func is None
    assert repr(writer) == "nmsg output object type=callback _instance=0x0"
    writer.close()
    for use in (
        lambda: writer.write(connection(1)),
        writer.flush,
        lambda: writer.set_buffered(True),
        lambda: writer.set_zlibout(True),
    ):
        with pytest.raises(nmsg.Error, match=r"^object not initialized$"):
            use()
    assert nmsg.output_open_callback(print).func is print


def test_a_callback_output_raises_what_the_callback_raises() -> None:
    writer = nmsg.output.open_callback(lambda m: m["nothing"])
    with pytest.raises(KeyError):
        writer.write(connection(1))
    assert writer.stats.messages == 0
    with pytest.raises(TypeError):
        nmsg.output.open_callback(None)  # type: ignore[arg-type]


def test_a_callback_output_is_closed_by_its_callback() -> None:
    writer = nmsg.output.open_callback(lambda _: writer.close())
    writer.write(connection(1))
    with pytest.raises(nmsg.Error, match="not initialized"):
        writer.write(connection(1))


def test_file_objects_of_outputs(path: Path) -> None:
    with path.open("wb") as file, nmsg.output.open_file(file) as writer:
        assert writer.fileobj is file
    assert writer.fileobj is None
    with nmsg.output.open_file(path) as writer:
        assert writer.fileobj is None
        assert writer.func is None
