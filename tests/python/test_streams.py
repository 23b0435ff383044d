# SPDX-License-Identifier: Apache-2.0
"""Pipes, full disks, time limits and sudden ends: what was written is there, or an error tells."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import connection, numbered, numbers, ports, python, run_python, wait_until

OPEN = nmsg.output.open_file
READ = nmsg.input.open_file
FRAME_MAX = 1048576


def read_ports(where: Any) -> list[int]:
    with READ(where) as reader:
        return ports(reader)


def container_count(path: Path) -> int:
    whole, rest = wire.split(path.read_bytes())
    assert rest == b""
    return len(whole)


# -- pipes --


def write_many(descriptor: int, count: int) -> None:
    with OPEN(descriptor) as writer:
        for number in range(count):
            writer.write(numbered(number))
    os.close(descriptor)


@pytest.mark.parametrize("is_blocking", [True, False])
def test_a_pipe(is_blocking: bool, pipe: tuple[int, int]) -> None:
    for end in pipe:
        os.set_blocking(end, is_blocking)
    thread = threading.Thread(target=write_many, args=(pipe[1], 200_000))
    thread.start()
    with READ(pipe[0]) as reader:
        assert numbers(reader) == list(range(200_000))
    thread.join()


def test_a_growing_pipe_without_blocking(pipe: tuple[int, int]) -> None:
    octets = wire.container(*wire.conns(1, 2))
    with READ(pipe[0]) as reader:
        reader.set_blocking_io(False)
        assert reader.read() is None
        for i, octet in enumerate(octets):
            assert reader.read() is None
            os.write(pipe[1], bytes([octet]))
            assert reader.stats.octets <= i + 1
        assert ports([reader.read(), reader.read()]) == [1, 2]
        assert reader.read() is None
        os.write(pipe[1], octets + octets[:15])
        assert ports([reader.read(), reader.read()]) == [1, 2]
        assert reader.read() is None
        os.write(pipe[1], octets[15:])
        os.close(pipe[1])
        assert ports(reader) == [1, 2]
        assert reader.read() is None


def test_blocking_again(pipe: tuple[int, int]) -> None:
    with READ(pipe[0]) as reader:
        reader.set_blocking_io(False)
        assert reader.read() is None
        reader.set_blocking_io(True)
        later = threading.Timer(0.05, lambda: os.write(pipe[1], wire.container(wire.conn(1))))
        later.start()
        assert ports([reader.read()]) == [1]
        later.join()


def test_a_pipe_that_nobody_reads(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    writer = OPEN(pipe[1])
    writer.write(connection(1))
    with pytest.raises(BrokenPipeError) as caught:
        writer.flush()
    assert caught.value.filename == f"descriptor {pipe[1]}"
    with pytest.raises(BrokenPipeError):
        writer.close()
    writer.close()


def test_a_named_pipe(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write() -> None:
        with OPEN(fifo) as writer:
            writer.write(connection(1))

    thread = threading.Thread(target=write)
    thread.start()
    assert read_ports(fifo) == [1]
    thread.join()


# -- what goes wrong when writing --


def test_a_full_disk() -> None:
    writer = OPEN("/dev/full")
    writer.write(connection(1))
    for attempt in (writer.flush, writer.flush, writer.close):
        with pytest.raises(OSError, match="No space left on device") as caught:
            attempt()
        assert (caught.value.errno, caught.value.filename) == (28, "/dev/full")
    writer.close()
    with pytest.raises(nmsg.Error, match="object not initialized"):
        writer.write(connection(1))


def test_a_full_disk_without_buffer() -> None:
    with pytest.raises(OSError, match="/dev/full") as caught, OPEN("/dev/full") as writer:
        writer.set_buffered(False)
        writer.write(connection(1))
    assert caught.value.errno == 28


def test_a_full_disk_while_many_messages_are_written() -> None:
    writer = OPEN("/dev/full", 4096)
    with pytest.raises(OSError, match="No space left"):
        for port in range(10_000):
            writer.write(connection(port))
    assert writer.stats.containers == 0
    with pytest.raises(OSError, match="No space left"):
        writer.close()


def test_a_descriptor_that_cannot_be_written(path: Path) -> None:
    path.write_bytes(b"")
    with open(path, "rb") as file:
        writer = OPEN(file)
        writer.write(connection(1))
        with pytest.raises(OSError, match=r"\[Errno 9\]") as caught:
            writer.close()
        assert caught.value.filename == file.name


def test_a_descriptor_that_cannot_be_read(path: Path) -> None:
    with open(path, "wb") as file, READ(file) as reader:
        with pytest.raises(OSError, match=r"\[Errno 9\]") as caught:
            reader.read()
        assert caught.value.filename == str(path)


# -- in time --


def test_what_is_buffered_is_written_after_the_flush_interval(path: Path) -> None:
    with OPEN(path, flush_interval=0.05) as writer:
        for port in range(1, 4):
            writer.write(connection(port))
            wait_until(lambda: container_count(path) == port, "a flush")  # noqa: B023
            assert read_ports(path) == list(range(1, port + 1))


def test_flush_interval_of_zero_is_never(tmp_path: Path) -> None:
    never, soon = tmp_path / "never", tmp_path / "soon"
    with OPEN(never, flush_interval=0) as first, OPEN(soon, flush_interval=0.05) as second:
        first.write(connection(1))
        second.write(connection(2))
        wait_until(lambda: soon.stat().st_size, "a flush")
        assert never.stat().st_size == 0
    assert (read_ports(never), read_ports(soon)) == ([1], [2])


def test_flush_interval_arguments(path: Path) -> None:
    for value in (-1, float("nan"), float("inf"), -0.001):
        with pytest.raises(ValueError, match="flush_interval"):
            OPEN(path, flush_interval=value)
    with pytest.raises(TypeError):
        OPEN(path, flush_interval="1")
    OPEN(path, flush_interval=None).close()


EXITS = {
    "end": "",
    "sys.exit": "import sys; sys.exit()",
    "in a cycle": "o.me = o; del o",
    "in a function": "keep = lambda o=o: o",
    "closed": "o.close()",
}


@pytest.mark.parametrize("ending", EXITS.values(), ids=EXITS.keys())
def test_what_is_buffered_is_written_when_the_program_ends(ending: str, path: Path) -> None:
    run_python(
        "import sys, nmsg\n"
        "class Output(nmsg.output): pass\n"
        "o = Output.open_file(sys.argv[1])\n"
        "for port in range(1000): o.write(nmsg.msgtype.base.ipconn(srcport=port))\n" + ending,
        path,
    )
    assert read_ports(path) == list(range(1000))


def test_an_exception_does_not_keep_what_is_buffered(path: Path) -> None:
    code = (
        "import sys, nmsg\n"
        "o = nmsg.output.open_file(sys.argv[1])\n"
        "o.write(nmsg.msgtype.base.ipconn(srcport=1))\n"
        "raise SystemExit(3)"
    )
    with python(code, path) as process:
        assert process.wait() == 3
    assert read_ports(path) == [1]


WRITE_FOR_EVER = """
import sys, nmsg
o = nmsg.output.open_file(sys.argv[1], int(sys.argv[2]))
o.set_zlibout(sys.argv[3] == "zlib")
n = 0
while True:
    o.write(nmsg.msgtype.base.pkt(len_frame=n, payload=b"x" * (n % 1000)))
    n += 1
"""


@pytest.mark.parametrize(("size", "how"), [(4096, "plain"), (FRAME_MAX, "plain"), (65536, "zlib")])
def test_a_killed_writer_leaves_whole_containers(size: int, how: str, path: Path) -> None:
    with python(WRITE_FOR_EVER, path, size, how) as process:
        wait_until(lambda: path.exists() and path.stat().st_size > 3_000_000, "3 MB of output")
        process.send_signal(signal.SIGKILL)
        process.wait()
    whole, rest = wire.split(path.read_bytes())
    expected = sum(len(c.payloads) for c in whole)
    assert expected > 100
    with READ(path) as reader:
        with contextlib.suppress(nmsg.TruncatedError) if rest else contextlib.nullcontext():
            for number, message in enumerate(reader):
                assert (message["len_frame"], len(message["payload"])) == (number, number % 1000)
        assert reader.stats.messages == expected


def test_a_killed_writer_lacks_at_most_the_flush_interval(path: Path) -> None:
    code = (
        "import signal, sys, nmsg\n"
        "o = nmsg.output.open_file(sys.argv[1], flush_interval=0.05)\n"
        "for port in range(10): o.write(nmsg.msgtype.base.ipconn(srcport=port))\n"
        "signal.pause()"
    )
    with python(code, path) as process:
        wait_until(lambda: path.exists() and path.stat().st_size > 0, "a flush")
        wait_until(lambda: read_ports(path) == list(range(10)), "all messages in the file")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert read_ports(path) == list(range(10))


@pytest.fixture
def captured_unraisable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    caught: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", caught.append)
    yield caught


def test_a_dropped_output_that_cannot_be_flushed_is_told(captured_unraisable: list[Any]) -> None:
    writer = OPEN("/dev/full")
    writer.write(connection(1))
    del writer
    (event,) = captured_unraisable
    assert isinstance(event.exc_value, OSError)
    assert event.exc_value.filename == "/dev/full"
