# SPDX-License-Identifier: Apache-2.0
"""Files: what is written comes back, in containers of the right size."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import connection, ports

OPEN = nmsg.output.open_file
READ = nmsg.input.open_file
FRAME_MAX = 1048576


def read_ports(where: Any) -> list[int]:
    with READ(where) as reader:
        return ports(reader)


def containers(path: Path) -> list[wire.Container]:
    whole, rest = wire.split(path.read_bytes())
    assert rest == b""
    return whole


# -- what a file may be given as --


class PathOf:
    """Something that has a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("form", [str, os.fsencode, Path, PathOf])
def test_paths(form: Callable[[Path], Any], path: Path) -> None:
    with OPEN(form(path)) as writer:
        writer.write(connection(1))
    assert read_ports(form(path)) == [1]


def test_paths_that_are_no_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.nmsg"
    with OPEN(path) as writer:
        writer.write(connection(1))
    assert read_ports(path) == [1]
    assert read_ports(os.fsdecode(path)) == [1]


@pytest.mark.parametrize("modes", [("wb", "rb"), ("w", "r"), ("w+b", "r+b")])
def test_file_objects_are_used_and_not_closed(modes: tuple[str, str], path: Path) -> None:
    with open(path, modes[0]) as file:
        writer = OPEN(file)
        writer.write(connection(1))
        writer.close()
        assert not file.closed
        os.fstat(file.fileno())
    with open(path, modes[1]) as file:
        reader = READ(file)
        assert ports(reader) == [1]
        reader.close()
        assert not file.closed
        os.fstat(file.fileno())


def test_file_objects_are_kept_alive(path: Path) -> None:
    with OPEN(open(path, "wb")) as writer:
        writer.write(connection(1))
    reader = READ(open(path, "rb"))  # noqa: SIM115
    assert ports(reader) == [1]


def test_descriptors_are_used_and_not_closed(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        with OPEN(descriptor) as writer:
            writer.write(connection(1))
        assert os.lseek(descriptor, 0, os.SEEK_CUR) > 0
        os.lseek(descriptor, 0, os.SEEK_SET)
        assert read_ports(descriptor) == [1]
        os.fstat(descriptor)
    finally:
        os.close(descriptor)


def test_reading_and_writing_begin_at_the_current_position(path: Path) -> None:
    with open(path, "wb") as file:
        file.write(b"title")
        file.flush()
        with OPEN(file) as writer:
            writer.write(connection(1))
    with open(path, "rb", buffering=0) as file:
        assert file.read(5) == b"title"
        assert read_ports(file) == [1]


def test_appending(path: Path) -> None:
    for port in (1, 2):
        with open(path, "ab") as file, OPEN(file) as writer:
            writer.write(connection(port))
    assert read_ports(path) == [1, 2]


def test_a_path_is_emptied_first(path: Path) -> None:
    path.write_bytes(b"x" * 10000)
    with OPEN(path) as writer:
        writer.write(connection(1))
    assert read_ports(path) == [1]


@pytest.mark.parametrize("opener", [OPEN, READ])
def test_what_is_no_file(opener: Callable[[Any], Any], path: Path) -> None:
    with pytest.raises(io.UnsupportedOperation):
        opener(io.BytesIO())
    for thing in (None, 1.5, object(), [], -1):
        with pytest.raises((TypeError, ValueError)):
            opener(thing)
    with pytest.raises(ValueError, match="null"):
        opener("a\0b")
    with pytest.raises(OSError, match=r"\[Errno 9\]"):
        opener(987654)


@pytest.mark.parametrize("opener", [OPEN, READ])
def test_missing_files_and_folders(opener: Callable[[Any], Any], tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "x.nmsg"
    with pytest.raises(FileNotFoundError) as caught:
        opener(missing)
    assert caught.value.filename == missing
    with pytest.raises(IsADirectoryError) as caught:
        opener(str(tmp_path))
    assert caught.value.filename == str(tmp_path)


def test_files_are_closed_and_not_inherited(path: Path) -> None:
    with OPEN(path) as writer:
        descriptor = writer.fileno()
        assert not os.get_inheritable(descriptor)
        assert os.path.samestat(os.fstat(descriptor), path.stat())
    with READ(path) as reader:
        descriptor = reader.fileno()
        assert reader.socket_fileno() == descriptor
        assert not os.get_inheritable(descriptor)
        assert os.path.samestat(os.fstat(descriptor), path.stat())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


# -- many messages, large messages --


def test_many_messages(path: Path) -> None:
    with OPEN(path) as writer:
        for port in range(50_000):
            writer.write(connection(port))
        assert writer.stats.messages == 50_000
    assert read_ports(path) == list(range(50_000))
    stats = writer.stats
    assert stats.messages == 50_000
    assert stats.containers == stats.frames == len(containers(path))
    assert stats.octets == path.stat().st_size
    assert stats.send_errors == 0


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("size", [512, 1280, 8192])
def test_containers_are_split_by_the_rule(size: int, compress: bool, path: Path) -> None:
    lengths = [(i * i * 7919) % 700 for i in range(400)] + [size - 60 + i for i in range(60)]
    records = []
    with OPEN(path, size) as writer:
        writer.set_zlibout(compress)
        for i, length in enumerate(lengths):
            message = nmsg.msgtype.base.pkt(payload=b"x" * length)
            message.source = i % 3
            message.time_sec = i
            writer.write(message)
            payload = wire.Payload(msgtype=8, data=message.payload, time_sec=i, time_nsec=0)
            payload.source = i % 3 or None
            records.append(len(payload.encode()))
    expected = wire.estimated_containers(records, size)
    found = []
    pieces: list[bytes] = []
    for container in containers(path):
        assert bool(container.flags & wire.ZLIB) == compress
        if container.flags & wire.FRAGMENT:
            fields = dict(wire.fields(container.content))
            pieces.append(fields[4])
            if fields[2] == fields[3]:
                pieces.clear()
                found.append(1)
        else:
            assert container.length <= size or compress or len(container.payloads) == 1
            found.append(len(container.payloads))
    assert found == expected


@pytest.mark.parametrize(
    ("size", "like"), [(0, 512), (1, 512), (511, 512), ("1K", 1024), (1 << 40, FRAME_MAX)]
)
def test_container_sizes_outside_the_bounds(size: Any, like: int, tmp_path: Path) -> None:
    counts = []
    for name, bufsz in (("a", size), ("b", like)):
        with OPEN(tmp_path / name, bufsz) as writer:
            for _ in range(600 if like == FRAME_MAX else 100):
                writer.write(nmsg.msgtype.base.pkt(payload=b"x" * (like // 500)))
        counts.append([len(c.payloads) for c in containers(tmp_path / name)])
    assert counts[0] == counts[1]
    assert len(counts[0]) > 1


def test_container_size_arguments(path: Path) -> None:
    for value in (-1, "x", "", "5X", "K", "1 K", b"5", 1.5, None):
        with pytest.raises((ValueError, TypeError)):
            OPEN(path, value)
    with pytest.raises((ValueError, OverflowError)):
        OPEN(path, 1 << 100)
    OPEN(path, bufsz="64k").close()


def body_length(octets: bytes) -> int:
    return len(wire.body([wire.Payload(msgtype=8, data=wire.octets(1, octets))]))


@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("pieces", [2, 3])
def test_a_large_message_is_fragmented(pieces: int, extra: int, path: Path) -> None:
    size = 4096
    step = size - 32
    wanted = pieces * step + extra
    octets = os.urandom(wanted - 50)
    while (left := wanted - body_length(octets)) != 0:  # Not in one step: CRCs vary in length.
        octets = os.urandom(len(octets) + left)
    message = nmsg.msgtype.base.pkt(payload=octets)
    message.time_sec = 1_000_000_000
    with OPEN(path, size) as writer:
        writer.write(connection(1))
        writer.write(message)
        writer.write(connection(2))
    found = containers(path)
    frames = [dict(wire.fields(c.content)) for c in found if c.flags == wire.FRAGMENT]
    whole = b"".join(f[4] for f in frames)
    assert len(whole) == wanted
    assert len(frames) == pieces + (extra > 0)
    assert [f[2] for f in frames] == list(range(len(frames)))
    assert {f[3] for f in frames} == {len(frames) - 1}
    assert len({f[1] for f in frames}) == 1
    assert {f[5] for f in frames} == {wire.stored_crc(whole)}
    assert {len(f[4]) for f in frames[:-1]} == {step}
    assert 0 < len(frames[-1][4]) <= step
    assert (len(found), writer.stats.containers) == (len(frames) + 2, 3)
    with READ(path) as reader:
        messages = list(reader)
    assert [m.get("srcport", m.get("payload")) for m in messages] == [1, octets, 2]
    assert reader.stats.containers == 3


def test_messages_above_the_largest_container(path: Path) -> None:
    octets = os.urandom(3_000_000)
    with OPEN(path) as writer:
        writer.write(connection(1))
        writer.write(nmsg.msgtype.base.pkt(payload=octets))
        writer.write(connection(2))
    assert {c.flags for c in containers(path)} == {0, wire.FRAGMENT}
    messages = list(READ(path))
    assert [m.get("srcport", m.get("payload")) for m in messages] == [1, octets, 2]


def test_a_large_message_that_compresses_well_is_not_fragmented(path: Path) -> None:
    with OPEN(path, 4096) as writer:
        writer.set_zlibout(True)
        writer.write(nmsg.msgtype.base.pkt(payload=bytes(100_000)))
        writer.write(nmsg.msgtype.base.pkt(payload=os.urandom(20_000)))
    flags = [c.flags for c in containers(path)]
    assert flags[0] == wire.ZLIB
    assert set(flags[1:]) == {wire.ZLIB | wire.FRAGMENT}
    assert [len(m["payload"]) for m in READ(path)] == [100_000, 20_000]


def test_a_container_at_the_limit(path: Path) -> None:
    data = wire.octets(1, bytes(15 << 20))
    content = wire.body([wire.Payload(msgtype=8, data=data)], crcs=[])
    path.write_bytes(wire.frame(content) + wire.frame(wire.zblock(content), flags=wire.ZLIB))
    assert [len(m["payload"]) for m in READ(path)] == [15 << 20, 15 << 20]


# -- settings of outputs --


def test_unbuffered(path: Path) -> None:
    with OPEN(path) as writer:
        writer.set_buffered(False)
        for port in range(3):
            writer.write(connection(port))
            assert read_ports(path) == list(range(port + 1))
        assert [len(c.payloads) for c in containers(path)] == [1, 1, 1]
        writer.set_buffered(True)
        writer.write(connection(3))
        writer.write(connection(4))
        assert len(containers(path)) == 3
    assert [len(c.payloads) for c in containers(path)] == [1, 1, 1, 2]


def test_what_was_buffered_goes_out_before_what_is_not(path: Path) -> None:
    with OPEN(path) as writer:
        writer.write(connection(1))
        writer.set_buffered(False)
        writer.write(connection(2))
        assert read_ports(path) == [1, 2]


def test_compression(path: Path) -> None:
    with OPEN(path) as writer:
        writer.set_zlibout(True)
        for _ in range(1000):
            writer.write(nmsg.msgtype.base.logline(category="a" * 100))
        writer.flush()
        writer.set_zlibout(False)
        writer.write(nmsg.msgtype.base.logline(category="b"))
    assert [c.flags for c in containers(path)] == [wire.ZLIB, 0]
    assert path.stat().st_size < 20_000
    assert [m["category"] for m in READ(path)] == ["a" * 100] * 1000 + ["b"]


def test_flush(path: Path) -> None:
    with OPEN(path) as writer:
        writer.flush()
        assert path.stat().st_size == 0
        writer.write(connection(1))
        assert path.stat().st_size == 0
        writer.flush()
        assert read_ports(path) == [1]
        writer.flush()
        assert len(containers(path)) == 1


def test_behind_flush_a_file_holds_large_containers_too(path: Path) -> None:
    with OPEN(path) as writer:
        for count in range(1000, 20_000, 1000):
            for _ in range(1000):
                writer.write(nmsg.msgtype.base.logline(message="a" * 300))
            writer.flush()
            assert sum(len(c.payloads) for c in containers(path)) == count


def test_an_empty_file(path: Path) -> None:
    with OPEN(path):
        pass
    assert path.read_bytes() == b""
    assert list(READ(path)) == []


def test_none_is_not_written(path: Path) -> None:
    with OPEN(path) as writer:
        assert writer.write(None) is None
        for thing in (b"octets", {}, 5, nmsg.message):
            with pytest.raises(TypeError, match="takes a message"):
                writer.write(thing)
    assert path.read_bytes() == b""


# -- the end of inputs and outputs --


def test_closing(path: Path) -> None:
    writer = OPEN(path)
    writer.write(connection(1))
    writer.close()
    writer.close()
    for use in (
        lambda: writer.write(connection(1)),
        writer.flush,
        writer.fileno,
        lambda: writer.set_buffered(True),
        lambda: writer.set_zlibout(True),
    ):
        with pytest.raises(nmsg.Error, match="object not initialized"):
            use()
    reader = READ(path)
    reader.close()
    reader.close()
    for use in (
        reader.read,
        reader.fileno,
        reader.socket_fileno,
        lambda: next(reader),
        lambda: reader.set_blocking_io(True),
        lambda: reader.set_filter_source(1),
    ):
        with pytest.raises(nmsg.Error, match="object not initialized"):
            use()
    assert writer.stats.messages == 1
    assert reader.stats.messages == 0


def test_objects_that_were_never_opened() -> None:
    for cls in (nmsg.input, nmsg.output):
        thing = cls()
        assert "type=None" in repr(thing)
        assert thing.stats.messages == 0
        thing.close()
        with pytest.raises(nmsg.Error, match="object not initialized"):
            thing.fileno()
    with pytest.raises(nmsg.Error, match="object not initialized"):
        nmsg.input().read()
    with pytest.raises(nmsg.Error, match="object not initialized"):
        nmsg.output().write(connection(1))


def test_repr(path: Path) -> None:
    with OPEN(path) as writer:
        assert repr(writer).startswith("nmsg output object type=file _instance=0x")
    with READ(path) as reader:
        assert repr(reader).startswith("nmsg input object type=file _instance=0x")
        assert reader.address is None


def test_with_closes_also_after_an_exception(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), OPEN(path) as writer:
        writer.write(connection(1))
        raise ZeroDivisionError
    assert read_ports(path) == [1]
    with pytest.raises(ZeroDivisionError), READ(path) as reader:
        raise ZeroDivisionError
    with pytest.raises(nmsg.Error):
        reader.read()


def test_the_end_of_a_file(path: Path) -> None:
    path.write_bytes(wire.container(*wire.conns(1, 2)))
    with READ(path) as reader:
        assert iter(reader) is reader
        assert next(reader)["srcport"] == 1
        assert reader.read()["srcport"] == 2
        assert reader.read() is None
        assert reader.read() is None
        assert list(reader) == []
        with pytest.raises(StopIteration):
            next(reader)


def test_a_dropped_output_is_flushed(path: Path) -> None:
    writer = OPEN(path)
    writer.write(connection(1))
    del writer
    assert read_ports(path) == [1]


def test_module_functions(path: Path) -> None:
    with nmsg.output_open_file(path) as writer:
        writer.write(connection(1))
    assert ports(nmsg.input_open_file(path)) == [1]


def test_subclasses_of_inputs_and_outputs(path: Path) -> None:
    class Reader(nmsg.input):
        pass

    class Writer(nmsg.output):
        pass

    with Writer.open_file(path) as writer:
        writer.write(connection(1))
    with Reader.open_file(path) as reader:
        assert type(reader) is Reader
        assert ports(reader) == [1]


def test_stats_of_an_input(path: Path) -> None:
    path.write_bytes(
        wire.container(*wire.conns(1, 2)) + wire.container(wire.conn(3), compress=True)
    )
    with READ(path) as reader:
        assert reader.stats.messages == 0
        assert len(list(reader)) == 3
        stats = reader.stats
    assert reader.stats == stats
    assert stats.octets == path.stat().st_size
    assert (stats.messages, stats.containers, stats.filtered) == (3, 2, 0)
    assert (stats.datagrams, stats.ring_full_ns, stats.receive_buffer) == (0, 0, 0)
    assert stats.bad == (0, 0)
    assert stats.lost == (0, 0, 0)


# -- version 1 --


def test_version_1_containers(path: Path) -> None:
    path.write_bytes(
        wire.frame(wire.body(wire.conns(1, 2)), version=1)
        + wire.container(wire.conn(3))
        + wire.frame(wire.body(wire.conns(4)), version=1)
        + wire.frame(b"", version=1)
        + wire.frame(wire.body(wire.conns(5)), version=1)
    )
    assert read_ports(path) == [1, 2, 3, 4, 5]
