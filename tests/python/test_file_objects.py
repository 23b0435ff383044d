# SPDX-License-Identifier: Apache-2.0
"""Reading from and writing to Python's file objects: by descriptor where that is the same, else by
their methods."""

import bz2
import contextlib
import gc
import gzip
import io
import lzma
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import PATIENCE_SEC, Interrupted, alarm, connection, numbered, numbers, ports

COUNT = 3000
OCTETS = b"".join(wire.container(*wire.conns(i, i + 1)) for i in range(0, COUNT, 2))


def write(where: Any, count: int = COUNT, **options: Any) -> nmsg.output:
    with nmsg.open(where, "w", **options) as writer:
        for port in range(count):
            writer.write(connection(port))
    return writer


def read(where: Any, **options: Any) -> list[int]:
    with nmsg.open(where, **options) as reader:
        return ports(reader)


ALL = list(range(COUNT))


# -- objects without a descriptor of their own --


@pytest.mark.parametrize("opener", [gzip.open, bz2.open, lzma.open])
def test_compressed_files(opener: Callable[..., Any], path: Path) -> None:
    with opener(path, "wb") as file:
        writer = write(file)
        assert not file.closed
        file.write(wire.container(wire.conn(7)))
        with pytest.raises(io.UnsupportedOperation):
            nmsg.open(file, "w").fileno()
    assert path.stat().st_size < writer.stats.octets
    with opener(path) as file:
        assert read(file) == [*ALL, 7]
        assert not file.closed
    with opener(path, "wt") as file:
        write(file, 100, format="json")
    with opener(path, "rt") as file:
        assert read(file, format="json") == list(range(100))


def test_bytesio() -> None:
    memory = io.BytesIO()
    memory.write(b"head")
    write(memory)
    write(memory, 2, format="json")
    memory.seek(4)
    with nmsg.open(memory) as reader:
        assert reader.name == "<BytesIO>"
        assert [reader.read()["srcport"] for _ in range(COUNT)] == ALL
        with pytest.raises(nmsg.FormatError) as caught:
            reader.read()  # What follows is JSON.
        assert caught.value.offset == memory.getvalue().index(b'{"time"') - 4


def test_text() -> None:
    memory = io.StringIO()
    with nmsg.open(memory, "w", format="json") as writer:
        writer.write(nmsg.msgtype.base.logline(message="\u00e9\u4e16\U0001f600"))
    with nmsg.open(io.StringIO(memory.getvalue()), format="json") as reader:
        assert reader.read()["message"] == "\u00e9\u4e16\U0001f600"
    with pytest.raises(TypeError, match="binary mode"):
        nmsg.open(io.StringIO("x")).read()
    with pytest.raises(TypeError), nmsg.open(io.StringIO(), "w") as writer:
        writer.write(connection(1))
    assert writer.closed


def test_zip_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("one", "w") as member:
            write(member)
        archive.writestr("two", OCTETS)
    with zipfile.ZipFile(path) as archive:
        for name in ("one", "two"):
            with archive.open(name) as member:
                assert read(member) == ALL


def test_a_container_larger_than_a_piece() -> None:
    memory = io.BytesIO()
    with nmsg.open(memory, "w") as writer:
        for number in range(5):
            writer.write(numbered(number, 900_000))
    with nmsg.open(io.BytesIO(memory.getvalue())) as reader:
        assert numbers(reader) == [0, 1, 2, 3, 4]


# -- objects that behave strangely --


class Pieces:
    """Gives what it is told to, and raises the exceptions among it."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = list(pieces)

    def read(self, size: int) -> Any:
        assert size > 0
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, BaseException):
            raise piece
        return piece


def collect(reader: nmsg.input, error: type[BaseException] | None) -> list[int]:
    """What comes before the error."""
    got: list[int] = []
    with pytest.raises(error) if error is not None else contextlib.nullcontext():
        for message in reader:
            got.append(message["srcport"])
    return got


@pytest.mark.parametrize("step", [1, 7, 100, len(OCTETS)])
def test_short_reads(step: int) -> None:
    octets = OCTETS[: 200 * step]
    containers, rest = wire.split(octets)
    pieces = [octets[i : i + step] for i in range(0, len(octets), step)]
    with nmsg.open(Pieces(*pieces)) as reader:
        got = collect(reader, nmsg.TruncatedError if rest else None)
    assert got == ALL[: 2 * len(containers)]


def test_a_piece_that_is_far_too_large() -> None:
    octets = OCTETS * 200
    assert read(Pieces(octets)) == ALL * 200


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_pieces_of_other_types(kind: Any) -> None:
    assert read(Pieces(kind(OCTETS[:100]), kind(OCTETS[100:]))) == ALL


@pytest.mark.parametrize("wrong", [5, "text", [1], object()])
def test_pieces_of_the_wrong_type(wrong: Any) -> None:
    with nmsg.open(Pieces(OCTETS[:100], wrong, OCTETS[100:])) as reader:
        got = collect(reader, TypeError)
        assert 0 < len(got) < 10
        got += ports(reader)
    assert got == ALL


class Mine(Exception):
    pass


@pytest.mark.parametrize("error", [Mine("x"), OSError(5, "y"), KeyboardInterrupt()])
def test_an_exception_in_the_middle_of_a_container(error: BaseException) -> None:
    with nmsg.open(Pieces(OCTETS[:60], OCTETS[60:75], error, OCTETS[75:])) as reader:
        got = collect(reader, type(error))
        assert 0 < len(got) < 10
        got += ports(reader)
    assert got == ALL


def test_none_is_nothing_yet() -> None:
    first, second = OCTETS[:100], OCTETS[100:]
    with nmsg.open(Pieces(None, first, None, None, second), blocking=False) as reader:
        assert reader.read() is None
        got = []
        for _ in range(2 * COUNT):
            message = reader.read()
            got += [message["srcport"]] if message is not None else []
        assert got == ALL
    assert read(Pieces(None, first, None, second)) == ALL  # Waits for it.


def test_waiting_for_an_object_is_interrupted() -> None:
    with nmsg.open(Pieces(*[None] * 10_000)) as reader:
        with alarm(), pytest.raises(Interrupted):
            reader.read()
        thread = threading.Timer(0.05, reader.close)
        thread.start()
        assert reader.read() is None
        thread.join()
        assert reader.closed


def test_an_object_that_uses_its_own_reader() -> None:
    class Bad:
        reader: Any = None

        def read(self, _size: int) -> bytes:
            if self.reader is not None:
                self.reader.close()
                with pytest.raises(nmsg.Error):
                    self.reader.read()
            return OCTETS

    bad = Bad()
    bad.reader = nmsg.open(bad)
    assert bad.reader.read() is None
    assert bad.reader.closed
    del bad
    gc.collect()


class Taker:
    """Takes a few octets at a time; gives what a raw file does."""

    def __init__(self, step: int | None) -> None:
        self.step = step
        self.octets = b""

    def write(self, octets: bytes) -> int | None:
        assert type(octets) is bytes
        self.octets += octets[: self.step]
        return None if self.step is None else min(len(octets), self.step)


@pytest.mark.parametrize("step", [None, 1, 1000])
def test_short_writes(step: int | None) -> None:
    taker = Taker(step)
    write(taker, 100)
    assert read(taker.octets) == list(range(100))


def test_a_write_that_lies() -> None:
    class Liar:
        def write(self, octets: bytes) -> int:
            return len(octets) + 1

    with pytest.raises(ValueError, match="says that it wrote"):
        write(Liar(), 1)


def test_exceptions_while_writing() -> None:
    class Failing:
        fails = True
        octets = b""

        def write(self, octets: bytes) -> None:
            if self.fails:
                raise Mine("full")
            self.octets += octets

    failing = Failing()
    with nmsg.open(failing, "w") as writer:
        writer.write(connection(1))
        with pytest.raises(Mine, match="full"):
            writer.flush()
        with pytest.raises(Mine, match="full"):
            writer.write(connection(2))
            writer.flush()
        failing.fails = False
        writer.write(connection(3))
    got = read(failing.octets)
    assert got[0] == 1  # What was accepted is not lost.
    assert got[-1] == 3
    failing.fails = True
    writer = nmsg.open(failing, "w")
    writer.write(connection(4))
    with pytest.raises(Mine):
        writer.close()
    assert writer.closed


def test_an_output_that_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    memory = io.BytesIO()
    writer = nmsg.open(memory, "w")
    writer.write(connection(1))
    del writer
    assert read(memory.getvalue()) == [1]


def test_the_end_of_a_program_flushes(path: Path) -> None:
    code = (
        "import sys, gzip, nmsg\n"
        "file = gzip.open(sys.argv[1], 'wb')\n"
        "writer = nmsg.open(file, 'w')\n"
        "writer.write(nmsg.msgtype.base.ipconn(srcport=1))\n"
        "import atexit; atexit.register(lambda: None)\n"
        "nmsg._nmsg  # Its exit function runs before files are closed.\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=PATIENCE_SEC)
    with gzip.open(path) as file:
        assert read(file) == [1]


def test_several_threads_write_to_an_object() -> None:
    memory = io.BytesIO()
    with nmsg.open(memory, "w", bufsz=512) as writer:

        def work(first: int) -> None:
            for port in range(first, first + 500):
                writer.write(connection(port))

        threads = [threading.Thread(target=work, args=(500 * i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(read(memory.getvalue())) == list(range(2000))


# -- plain files, by their descriptor --


def test_reading_starts_where_the_object_stands(path: Path) -> None:
    path.write_bytes(b"first line\n" + OCTETS)
    for buffering in (-1, 0, 4096):
        with open(path, "rb", buffering=buffering) as file:
            assert file.readline() == b"first line\n"
            with nmsg.open(file) as reader:
                assert reader.fileno() == file.fileno()
                assert reader.name == str(path)
                assert ports(reader) == ALL
            assert not file.closed
    with open(path, encoding="latin-1") as text:
        assert text.readline() == "first line\n"
        assert read(text) == ALL
    with open(path, "r+b") as both:
        both.seek(0)
        both.write(b"FIRST")
        assert both.readline() == b" line\n"
        assert read(both) == ALL
    assert path.read_bytes().startswith(b"FIRST line\n")


def test_writing_starts_where_the_object_stands(path: Path) -> None:
    for mode in ("wb", "w+b", "w"):
        with open(path, mode) as file:
            file.write("head" if mode == "w" else b"head")
            with nmsg.open(file, "w") as writer:
                assert writer.fileno() == file.fileno()
                writer.write(connection(1))
            file.write("tail" if mode == "w" else b"tail")
        octets = path.read_bytes()
        assert (octets[:4], octets[-4:]) == (b"head", b"tail")
        assert read(octets[4:-4]) == [1]
    with open(path, "ab") as file:
        write(file, 2)
    assert read(path.read_bytes()[len(octets) :]) == [0, 1]


def test_objects_for_the_other_direction(path: Path) -> None:
    path.touch()
    with open(path, "rb") as file, pytest.raises(ValueError, match="not open for writing"):
        nmsg.open(file, "w")
    with open(path, "wb") as file, pytest.raises(ValueError, match="not open for reading"):
        nmsg.open(file)
    with open(path, "rb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        nmsg.open(file)


def test_temporary_files() -> None:
    with tempfile.TemporaryFile() as file:
        write(file)
        file.seek(0)
        assert read(file) == ALL
    with tempfile.NamedTemporaryFile() as named:
        write(named)
        named.seek(0)
        assert read(named) == ALL
    with tempfile.SpooledTemporaryFile() as spooled:
        write(spooled)
        spooled.seek(0)
        assert read(spooled) == ALL


@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_process(buffering: int) -> None:
    code = "import sys; sys.stdout.buffer.write(b'line\\n'); sys.stdout.buffer.write("
    code += "sys.stdin.buffer.read())"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=buffering,
    ) as process:
        write(process.stdin)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.stdout.readline() == b"line\n"  # Reads ahead, if it is buffered.
        with nmsg.open(process.stdout) as reader:
            assert reader.fileno() == process.stdout.fileno()
            assert ports(reader) == ALL


def test_a_pipe_with_nothing_in_it_does_not_block(pipe: tuple[int, int]) -> None:
    with os.fdopen(pipe[0], "rb", closefd=False) as file:
        start = time.monotonic()
        with nmsg.open(file, blocking=False) as reader:
            assert reader.read() is None
            assert time.monotonic() - start < PATIENCE_SEC / 2
            assert os.get_blocking(pipe[0])
            os.write(pipe[1], OCTETS[:5000])
            assert reader.read()["srcport"] == 0


def test_files_of_sockets() -> None:
    one, two = socket.socketpair()
    with one, two, one.makefile("wb") as writing, two.makefile("rb") as reading:
        writing.write(b"line\n")
        writing.flush()
        write(writing, 100)
        one.shutdown(socket.SHUT_WR)
        assert reading.readline() == b"line\n"
        assert read(reading) == list(range(100))


def test_objects_with_nothing_but_a_descriptor(pipe: tuple[int, int]) -> None:
    class Descriptor:
        def __init__(self, descriptor: int) -> None:
            self.descriptor = descriptor

        def fileno(self) -> int:
            return self.descriptor

    write(Descriptor(pipe[1]), 10)
    os.close(pipe[1])
    assert read(Descriptor(pipe[0])) == list(range(10))


def test_open_file_uses_descriptors_only(path: Path) -> None:
    """As pynmsg does: gzip's is that of the compressed file."""
    path.write_bytes(OCTETS)
    with gzip.open(path) as file, nmsg.input.open_file(file) as reader:
        assert ports(reader) == ALL
    with pytest.raises((ValueError, TypeError)):
        nmsg.input.open_file(io.BytesIO())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_object_is_kept_alive(path: Path) -> None:
    path.write_bytes(OCTETS)
    reader = nmsg.open(open(path, "rb"))  # noqa: SIM115
    gc.collect()
    assert ports(reader) == ALL
    reader.close()
