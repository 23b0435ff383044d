# SPDX-License-Identifier: Apache-2.0
"""Damaged files: what stands around the damage arrives, and what was skipped is told."""

import os
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import connection, ports

READ = nmsg.input.open_file
GOOD = wire.container(*wire.conns(1, 2))
ALSO_GOOD = wire.container(*wire.conns(8, 9))
BODY = wire.body(wire.conns(5, 6))
BIG_BODY = wire.body(wire.conns(*range(100)))


def with_wrong_crc(*wrong: int) -> bytes:
    """A container of 5, 6, 7 where some CRCs do not fit."""
    payloads = wire.conns(5, 6, 7)
    crcs = [wire.stored_crc(p.data or b"") ^ (i in wrong) for i, p in enumerate(payloads)]
    return wire.frame(wire.body(payloads, crcs=crcs))


def undecodable(data: bytes, msgtype: int = 5) -> bytes:
    """5, a payload that cannot be decoded though its CRC fits, 6."""
    bad = wire.Payload(msgtype=msgtype, data=data)
    return wire.container(wire.conn(5), bad, wire.conn(6))


# Payloads that are skipped alone: octets of the container, ports that arrive of it, code.
BAD_PAYLOADS = {
    "crc of the first": (with_wrong_crc(0), [6, 7], "NM_E_CRC"),
    "crc in the middle": (with_wrong_crc(1), [5, 7], "NM_E_CRC"),
    "crc of the last": (with_wrong_crc(2), [5, 6], "NM_E_CRC"),
    "payload is no protobuf": (undecodable(b"\xff\xff\xff"), [5, 6], "NM_E_PARSE"),
    "payload ends early": (undecodable(b"\x12\x10abc"), [5, 6], "NM_E_PARSE"),
    "wrong wire type": (undecodable(wire.octets(3, b"80")), [5, 6], "NM_E_PARSE"),
    "required field missing": (undecodable(wire.uint(4, 1), 4), [5, 6], "NM_E_PARSE"),
}


def of(*payloads: wire.Payload) -> bytes:
    return wire.frame(wire.body(payloads))


def zipped(block: bytes) -> bytes:
    return wire.frame(block, flags=wire.ZLIB)


def announcing(length: int, content: bytes = BODY) -> bytes:
    """A compressed container that announces so many octets."""
    return zipped(wire.zblock(content, announced=length))


# Containers that are skipped: octets, code.
BAD_CONTAINERS = {
    "body is no protobuf": (wire.frame(b"\xff" * 20), "NM_E_PARSE"),
    "body ends early": (wire.frame(BODY[:-3]), "NM_E_PARSE"),
    "varint without end": (wire.frame(b"\x80" * 50), "NM_E_PARSE"),
    "payload longer than all": (
        wire.frame(wire.tag(1, wire.BYTES) + wire.varint(1 << 62) + b"x"),
        "NM_E_PARSE",
    ),
    "field number 0": (wire.frame(b"\x00\x01" + BODY), "NM_E_PARSE"),
    "no vendor": (of(wire.Payload(vid=None)), "NM_E_PARSE"),
    "no type": (of(wire.Payload(msgtype=None)), "NM_E_PARSE"),
    "no seconds": (of(wire.Payload(time_sec=None)), "NM_E_PARSE"),
    "no nanoseconds": (of(wire.conn(5), wire.Payload(time_nsec=None)), "NM_E_PARSE"),
    "zlib without length": (zipped(b"abc"), "NM_E_PARSE"),
    "zlib of nothing": (zipped(b""), "NM_E_PARSE"),
    "zlib is garbage": (zipped(struct.pack(">I", 100) + b"\xff" * 50), "NM_E_INFLATE"),
    "zlib ends early": (zipped(wire.zblock(BIG_BODY)[:-10]), "NM_E_INFLATE"),
    "zlib with a wrong checksum": (zipped(wire.zblock(BODY)[:-1] + b"\x00"), "NM_E_INFLATE"),
    "zlib announces too much": (announcing(len(BODY) + 1), "NM_E_INFLATE"),
    "zlib announces too little": (announcing(len(BODY) - 1), "NM_E_INFLATE"),
    "zlib announces nothing": (announcing(0), "NM_E_INFLATE"),
    "zlib announces 4 GiB": (announcing(0xFFFFFFFF), "NM_E_LIMIT"),
    "zlib of 17 MiB": (announcing(17 << 20, bytes(17 << 20)), "NM_E_LIMIT"),
    "zlib of 64 MiB that lies": (announcing(1000, bytes(64 << 20)), "NM_E_INFLATE"),
    "fragment is no protobuf": (wire.frame(b"\xff" * 9, flags=wire.FRAGMENT), "NM_E_PARSE"),
    "fragment behind the last": (wire.fragment(1, 5, 4, b"x"), "NM_E_FRAGMENT"),
    "fragment of 2**32": (wire.fragment(1, 0, 0xFFFFFFFF, b"x"), "NM_E_LIMIT"),
    "the 2**32nd fragment": (wire.fragment(1, 0xFFFFFFFF, 0xFFFFFFFF, b"x"), "NM_E_LIMIT"),
    "fragment without octets": (wire.fragment(1, 0, 1, b""), "NM_E_FRAGMENT"),
    "only fragment without octets": (wire.fragment(1, 0, 0, b""), "NM_E_FRAGMENT"),
    "fragments of a wrong crc": (
        wire.fragment(1, 0, 0, BODY, crc=wire.stored_crc(BODY) ^ 1),
        "NM_E_CRC",
    ),
    "fragments of garbage": (wire.fragment(1, 0, 0, b"\xff" * 5), "NM_E_PARSE"),
    "fragments of bad zlib": (
        wire.fragment(1, 0, 0, b"\xff" * 5, flags=wire.ZLIB),
        "NM_E_LIMIT",
    ),
}

# Octets, ports that arrive of them, code, what of stats.bad counts them.
Skipped = tuple[bytes, list[int], str, str]
SKIPPED: dict[str, Skipped] = {
    **{name: (*case, "payloads") for name, case in BAD_PAYLOADS.items()},
    **{name: (case[0], [], case[1], "containers") for name, case in BAD_CONTAINERS.items()},
}

# What follows a whole container, and its code.
LOST = {
    "wrong magic": (b"NSMG" + GOOD[4:], "NM_E_MAGIC"),
    "text": (b"This is no container at all.\n", "NM_E_MAGIC"),
    "zeros": (bytes(1000), "NM_E_MAGIC"),
    "version 0": (wire.frame(BODY, version=0), "NM_E_VERSION"),
    "version 3": (wire.frame(BODY, version=3), "NM_E_VERSION"),
    "version 1 with flags": (b"NMSG\x01\x01\x00\x01x", "NM_E_VERSION"),
    "4 GiB": (wire.frame(BODY, length=0xFFFFFFFF), "NM_E_LIMIT"),
    "17 MiB": (wire.frame(BODY, length=17 << 20), "NM_E_LIMIT"),
    "ends in the magic": (GOOD[:3], "NM_E_TRUNCATED"),
    "ends in the version": (GOOD[:5], "NM_E_TRUNCATED"),
    "ends in the length": (GOOD[:9], "NM_E_TRUNCATED"),
    "ends behind the header": (GOOD[:10], "NM_E_TRUNCATED"),
    "ends in the body": (GOOD[:-1], "NM_E_TRUNCATED"),
    "ends long before the end": (wire.frame(BODY, length=16 << 20), "NM_E_TRUNCATED"),
    "version 1 ends in the header": (wire.frame(BODY, version=1)[:7], "NM_E_TRUNCATED"),
    "version 1 ends in the body": (wire.frame(BODY, version=1)[:-1], "NM_E_TRUNCATED"),
}


def cases(table: dict[str, tuple]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", table.values(), ids=list(table))


Make = Callable[..., Path]


@cases(SKIPPED)
def test_warn_skips_and_tells_once(case: Skipped, make_file: Make) -> None:
    bad, arriving, _, kind = case
    path = make_file(GOOD, bad, bad, ALSO_GOOD)
    with READ(path) as reader, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [m["srcport"] for m in reader] == [1, 2, *arriving, *arriving, 8, 9]
        assert getattr(reader.stats.bad, kind) == 2
        assert sum(reader.stats.bad) == 2
    (warning,) = caught
    assert warning.category is nmsg.DataWarning
    assert issubclass(nmsg.DataWarning, UserWarning)
    assert warning.filename == __file__
    text = str(warning.message)
    assert f"{path}, offset {len(GOOD)}" in text
    assert "skipped" in text


@cases(SKIPPED)
def test_skip_is_quiet(case: Skipped, make_file: Make) -> None:
    bad, arriving, _, kind = case
    path = make_file(bad, GOOD, bad, ALSO_GOOD, bad)
    with READ(path, errors="skip") as reader, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ports(reader) == [*arriving, 1, 2, *arriving, 8, 9, *arriving]
        assert getattr(reader.stats.bad, kind) == 3
        assert sum(reader.stats.bad) == 3


@cases(SKIPPED)
def test_raise_tells_where_and_goes_on(case: Skipped, make_file: Make) -> None:
    bad, arriving, code, _ = case
    path = make_file(GOOD, bad, ALSO_GOOD, bad)
    seen = []
    offsets = []
    with READ(path, errors="raise") as reader:
        while True:
            try:
                message = reader.read()
            except nmsg.FormatError as error:
                assert error.code == code
                assert str(path) in str(error)
                assert not isinstance(error, nmsg.TruncatedError)
                offsets.append(error.offset)
                continue
            if message is None:
                break
            seen.append(message["srcport"])
        assert reader.read() is None
    assert seen == [1, 2, *arriving, 8, 9, *arriving]
    assert offsets == [len(GOOD), len(GOOD) + len(bad) + len(ALSO_GOOD)]


@pytest.mark.parametrize("errors", ["warn", "skip", "raise"])
@cases(LOST)
def test_lost_framing_is_raised_once(case: tuple[bytes, str], errors: str, make_file: Make) -> None:
    tail, code = case
    path = make_file(GOOD, ALSO_GOOD, tail)
    seen = []
    with READ(path, errors=errors) as reader, warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nmsg.FormatError) as caught:
            for message in reader:
                seen.append(message["srcport"])
        assert seen == [1, 2, 8, 9]
        assert reader.read() is None
        assert list(reader) == []
        assert reader.stats.bad == (1, 0)
    assert caught.value.offset == len(GOOD + ALSO_GOOD)
    assert caught.value.code == code
    assert isinstance(caught.value, nmsg.TruncatedError) == (code == "NM_E_TRUNCATED")
    assert str(path) in str(caught.value)


@cases(LOST)
def test_a_file_of_nothing_else(case: tuple[bytes, str], make_file: Make) -> None:
    with READ(make_file(case[0])) as reader:
        with pytest.raises(nmsg.FormatError) as caught:
            reader.read()
        assert caught.value.offset == 0
        assert reader.read() is None


def test_the_classes_of_errors() -> None:
    assert issubclass(nmsg.FormatError, nmsg.Error)
    assert issubclass(nmsg.FormatError, ValueError)
    assert issubclass(nmsg.TruncatedError, nmsg.FormatError)
    assert issubclass(nmsg.TruncatedError, EOFError)
    assert nmsg.Error.code is None
    assert nmsg.Error.offset is None


def test_errors_argument() -> None:
    for value in ("strict", "", 5, b"skip"):
        with pytest.raises(ValueError, match="errors is 'warn', 'skip' or 'raise'"):
            READ(os.devnull, errors=value)
    READ(os.devnull, errors=None).close()


def test_every_input_warns(make_file: Make) -> None:
    path = make_file(wire.frame(b"\xff"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            assert list(READ(path)) == []
    assert len(caught) == 3


def test_a_warning_that_is_an_error_leaves_the_input_usable(make_file: Make) -> None:
    bad = wire.frame(b"\xff")
    with READ(make_file(GOOD, bad, bad, ALSO_GOOD)) as reader, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ports([reader.read(), reader.read()]) == [1, 2]
        with pytest.raises(nmsg.DataWarning):
            reader.read()
        assert ports(reader) == [8, 9]


@pytest.mark.parametrize("errors", ["warn", "skip", "raise"])
def test_containers_without_payloads_are_no_error(errors: str, make_file: Make) -> None:
    empty = [
        wire.frame(b""),
        wire.frame(wire.zblock(b""), flags=wire.ZLIB),
        wire.frame(wire.uint(3, 1) + wire.uint(4, 1)),
        wire.frame(wire.uint(2, 12345)),
        wire.frame(b"", version=1),
    ]
    path = make_file(*empty, GOOD, *empty, ALSO_GOOD, *empty)
    with READ(path, errors=errors) as reader, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ports(reader) == [1, 2, 8, 9]
        assert reader.stats.bad == (0, 0)


def test_what_may_be_odd_is_read(make_file: Make) -> None:
    more = wire.uint(99, 1) + wire.octets(100, b"x") + wire.fixed64(101, 1) + wire.uint(6, 1)
    odd = wire.Payload(data=wire.ipconn(1), more=more + wire.uint(3, 5))
    crcs = b"".join(wire.varint(wire.stored_crc(wire.ipconn(port))) for port in (3, 4))
    content = wire.body(wire.conns(3, 4), crcs=[])
    path = make_file(
        wire.frame(wire.body([odd, wire.conn(2)]) + wire.uint(77, 7)),
        wire.frame(wire.octets(2, crcs) + content),
        wire.frame(wire.body(wire.conns(5, 6), crcs=[])),
        wire.frame(wire.body(wire.conns(7), crcs=[wire.stored_crc(wire.ipconn(7)), 1, 2])),
        wire.frame(wire.body(wire.conns(8)), flags=0xF0),
        wire.frame(wire.zblock(wire.body(wire.conns(9))) + b"behind", flags=wire.ZLIB),
        wire.frame(wire.body([wire.Payload(vid=1 << 32 | 1, data=wire.ipconn(10))])),
        wire.frame(wire.body([wire.Payload(time_sec=-1, data=wire.ipconn(11))])),
    )
    with READ(path, errors="raise") as reader:
        messages = list(reader)
    assert ports(messages) == list(range(1, 12))
    assert messages[0].time_sec == 5
    assert messages[-1].time_sec == -1


def test_stored_deflate_blocks(make_file: Make) -> None:
    compressor = zlib.compressobj(0)
    block = struct.pack(">I", len(BODY)) + compressor.compress(BODY) + compressor.flush()
    assert ports(READ(make_file(wire.frame(block, flags=wire.ZLIB)))) == [5, 6]


# -- fragments in files --


def test_fragments_in_any_order(make_file: Make) -> None:
    pieces = wire.fragments(BIG_BODY, 100, number=1)
    others = wire.fragments(wire.zblock(BODY), 10, number=2, flags=wire.ZLIB)
    without_crc = wire.fragments(wire.body(wire.conns(7)), 5, number=3, with_crc=False)
    mixed: list[bytes] = []
    for i in range(max(len(pieces), len(others), len(without_crc))):
        mixed += [*pieces[::-1][i : i + 1], *others[i : i + 1], *without_crc[i : i + 1], GOOD]
    with READ(make_file(*mixed, *pieces[:2]), errors="raise") as reader:
        seen = ports(reader)
    assert sorted(seen) == sorted([*range(100), 5, 6, 7] + [1, 2] * (mixed.count(GOOD)))
    assert reader.stats.containers == 3 + mixed.count(GOOD)


def test_duplicate_fragments(make_file: Make) -> None:
    pieces = wire.fragments(BODY, 10)
    path = make_file(*(piece for piece in pieces[:-1] for _ in range(3)), pieces[-1], GOOD)
    assert ports(READ(path, errors="raise")) == [5, 6, 1, 2]


def test_a_lying_fragment_does_not_spoil_its_set(make_file: Make) -> None:
    crc = wire.stored_crc(BODY)
    pieces = wire.fragments(BODY, 10)
    last = len(pieces) - 1
    lies = [
        wire.fragment(7, 0, last + 1, b"other last", crc=crc),
        wire.fragment(7, last + 1, last, b"behind", crc=crc),
        wire.fragment(7, last, last, b"", crc=crc),
    ]
    path = make_file(pieces[0], *lies, *pieces[1:], GOOD)
    with READ(path, errors="skip") as reader:
        assert ports(reader) == [5, 6, 1, 2]
        assert reader.stats.bad.containers == len(lies)


def test_a_last_fragment_that_was_announced_but_is_empty(make_file: Make) -> None:
    """Some writers announce one piece too many when the pieces come out even."""
    crc = wire.stored_crc(BODY)
    half = len(BODY) // 2
    path = make_file(
        wire.fragment(1, 0, 2, BODY[:half], crc=crc),
        wire.fragment(1, 1, 2, BODY[half:], crc=crc),
        GOOD,
    )
    assert ports(READ(path, errors="raise")) == [5, 6, 1, 2]


def test_more_open_sets_than_are_kept(make_file: Make) -> None:
    openers = [wire.fragment(number, 0, 1, b"x" * 10) for number in range(5000)]
    with READ(make_file(*openers, GOOD), errors="raise") as reader:
        assert ports(reader) == [1, 2]
        assert reader.stats.lost.fragments == 5000 - 1024


# -- files that change --


def test_a_file_that_shrinks_while_it_is_read(path: Path) -> None:
    with nmsg.output.open_file(path, 65536) as writer:
        for _ in range(100):
            writer.write(nmsg.msgtype.base.pkt(payload=os.urandom(60_000)))
    size = path.stat().st_size
    with READ(path) as reader:
        assert len(reader.read()["payload"]) == 60_000
        os.truncate(path, size - 100_000)
        with pytest.raises(nmsg.TruncatedError):
            for _ in reader:
                pass
        assert reader.stats.messages == 98
        assert reader.read() is None


def test_a_file_that_grows_while_it_is_read(path: Path) -> None:
    with nmsg.output.open_file(path) as writer, READ(path) as reader:
        writer.set_buffered(False)
        for port in range(10):
            writer.write(connection(port))
        assert ports(reader) == list(range(10))
