# SPDX-License-Identifier: Apache-2.0
"""nullinput: containers that a program has in its memory."""

import decimal
import math
import random
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import connection, ports

BODY = wire.body(wire.conns(*range(20)))


@pytest.fixture
def null() -> nmsg.nullinput:
    return nmsg.nullinput()


def test_a_container(null: nmsg.nullinput) -> None:
    messages = null.read(wire.container(*wire.conns(1, 2, 3)))
    assert type(messages) is list
    assert ports(messages) == [1, 2, 3]
    assert type(messages[0]) is nmsg.msgtype.base.ipconn
    assert ports(null.read(wire.container(wire.conn(4), compress=True))) == [4]
    assert ports(messages) == [1, 2, 3]


def test_repr(null: nmsg.nullinput) -> None:
    assert repr(null).startswith("nmsg nullinput object _instance=0x")


def test_what_our_output_wrote(null: nmsg.nullinput, path: Path) -> None:
    with nmsg.output.open_file(path) as writer:
        writer.write(connection(1))
        writer.write(connection(2))
    assert ports(null.read(path.read_bytes())) == [1, 2]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_octets(kind: Any, null: nmsg.nullinput) -> None:
    assert ports(null.read(kind(wire.container(wire.conn(1))))) == [1]


def test_keywords(null: nmsg.nullinput) -> None:
    assert ports(null.read(buf=wire.container(wire.conn(1)), tv=5)) == [1]


def test_messages_outlive_the_octets(null: nmsg.nullinput) -> None:
    octets = bytearray(wire.container(wire.conn(1)))
    (message,) = null.read(octets)
    octets[:] = bytes(len(octets))
    del null
    assert message["srcport"] == 1


def test_containers_without_payloads(null: nmsg.nullinput) -> None:
    assert null.read(wire.frame(b"")) == []
    assert null.read(wire.frame(wire.zblock(b""), flags=wire.ZLIB)) == []
    assert null.read(wire.frame(wire.uint(3, 1) + wire.uint(4, 2))) == []


def test_strings() -> None:
    octets = wire.container(wire.Payload(msgtype=6, data=wire.logline(b"\xffa")))
    assert nmsg.nullinput().read(octets)[0]["category"] == "\udcffa"
    assert nmsg.nullinput(strings="str").read(octets)[0]["category"] == "\udcffa"
    assert nmsg.nullinput(strings="bytes").read(octets)[0]["category"] == b"\xffa"
    with pytest.raises(ValueError, match="strings is 'str' or 'bytes'"):
        nmsg.nullinput(strings="text")
    with pytest.raises(TypeError):
        nmsg.nullinput("bytes")


# -- fragments --


@pytest.mark.parametrize("flags", [0, wire.ZLIB])
@pytest.mark.parametrize("with_crc", [True, False])
def test_fragments_over_several_calls(with_crc: bool, flags: int, null: nmsg.nullinput) -> None:
    content = wire.zblock(BODY) if flags else BODY
    pieces = wire.fragments(content, 20, with_crc=with_crc, flags=flags)
    order = list(range(len(pieces)))
    random.Random(5).shuffle(order)
    for i in order[:-1]:
        assert null.read(pieces[i]) == []
        assert null.read(pieces[i]) == []
        assert ports(null.read(wire.container(wire.conn(99)))) == [99]
    assert ports(null.read(pieces[order[-1]])) == list(range(20))
    assert null.read(pieces[order[-1]]) == []


def test_inputs_do_not_share_fragments(null: nmsg.nullinput) -> None:
    first, second = wire.halves(wire.body(wire.conns(1)))
    other = nmsg.nullinput()
    assert null.read(first) == []
    assert other.read(second) == []
    assert ports(null.read(second)) == [1]
    assert ports(other.read(first)) == [1]


@pytest.mark.parametrize(("age", "arrives"), [(0, True), (29.9, True), (30, True), (32, False)])
def test_incomplete_sets_are_given_up(age: float, arrives: bool, null: nmsg.nullinput) -> None:
    first, second = wire.halves(wire.body(wire.conns(1)))
    assert null.read(first, 1000) == []
    assert ports(null.read(second, tv=1000 + age)) == ([1] if arrives else [])
    if not arrives:
        assert ports(null.read(first, tv=1000 + age)) == [1]


@pytest.mark.parametrize("tv", [None, 0, 1, 1.5, -5, 1e9, 1 << 40, True])
def test_times(tv: Any, null: nmsg.nullinput) -> None:
    assert ports(null.read(wire.container(wire.conn(1)), tv)) == [1]


@pytest.mark.parametrize("tv", ["1", b"1", math.nan, math.inf, 1j, [], 1 << 2000])
def test_what_is_no_time(tv: Any, null: nmsg.nullinput) -> None:
    with pytest.raises(ValueError, match="tv must be a real number"):
        null.read(wire.container(wire.conn(1)), tv)
    assert ports(null.read(wire.container(wire.conn(1)))) == [1]


def test_real_numbers_of_other_kinds(null: nmsg.nullinput) -> None:
    """Whatever is taken, it is taken whole or refused with the text of old."""
    with pytest.raises(ValueError, match="tv must be a real number"):
        null.read(wire.container(wire.conn(1)), decimal.Decimal("nan"))


# -- errors --


@pytest.mark.parametrize("thing", ["NMSG", 5, None, [], object()])
def test_what_is_not_bytes(thing: Any, null: nmsg.nullinput) -> None:
    with pytest.raises(TypeError):
        null.read(thing)


@pytest.mark.parametrize("args", [(), (b"", None, None)])
def test_numbers_of_arguments(args: tuple[Any, ...], null: nmsg.nullinput) -> None:
    with pytest.raises(TypeError):
        null.read(*args)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "NM_E_TRUNCATED"),
        (b"NMSG", "NM_E_TRUNCATED"),
        (wire.frame(BODY)[:9], "NM_E_TRUNCATED"),
        (b"garbage, and more of it", "NM_E_MAGIC"),
        (wire.frame(BODY, version=1), "NM_E_VERSION"),
        (wire.frame(BODY, version=3), "NM_E_VERSION"),
        (wire.frame(BODY) + b"x", "NM_E_LENGTH"),
        (wire.frame(BODY)[:-1], "NM_E_LENGTH"),
        (wire.frame(BODY, length=0xFFFFFFFF), "NM_E_LENGTH"),
        (wire.frame(BODY) * 2, "NM_E_LENGTH"),
        (wire.frame(b"\xff" * 20), "NM_E_PARSE"),
        (wire.frame(b"\xff" * 20, flags=wire.ZLIB), "NM_E_LIMIT"),
        (wire.frame(b"\0\0\0\x14" + b"\xff" * 20, flags=wire.ZLIB), "NM_E_INFLATE"),
        (wire.fragment(1, 2, 1, b"x"), "NM_E_FRAGMENT"),
        (wire.fragment(1, 0, 0, BODY, crc=1), "NM_E_CRC"),
    ],
)
def test_errors(octets: bytes, code: str, null: nmsg.nullinput) -> None:
    with pytest.raises(nmsg.FormatError, match=r"^nmsg_input_null\(\) failed: ") as caught:
        null.read(octets)
    assert caught.value.code == code
    # The next container is read as if nothing had been.
    assert ports(null.read(wire.container(wire.conn(1)))) == [1]


def test_bad_payloads_are_left_out(null: nmsg.nullinput) -> None:
    crcs = [0, *(wire.stored_crc(wire.ipconn(port)) for port in (2, 3))]
    assert ports(null.read(wire.frame(wire.body(wire.conns(1, 2, 3), crcs=crcs)))) == [2, 3]
    bad = wire.Payload(data=b"\xff")
    assert ports(null.read(wire.container(wire.conn(1), bad, wire.conn(2)))) == [1, 2]


def test_every_truncation_and_every_flipped_bit(null: nmsg.nullinput) -> None:
    octets = wire.container(*wire.conns(1, 2), wire.Payload(msgtype=2, data=wire.octets(7, b"a")))
    for position in range(len(octets)):
        damaged = [octets[:position]]
        damaged += [
            octets[:position] + bytes([octets[position] ^ 1 << bit]) + octets[position + 1 :]
            for bit in range(8)
        ]
        for one in damaged:
            try:
                messages = null.read(one)
            except nmsg.FormatError:
                continue
            for message in messages:
                repr(message)
                _ = message.payload


def test_random_octets(null: nmsg.nullinput) -> None:
    source = random.Random(1)
    for _ in range(5000):
        content = source.randbytes(source.randrange(60))
        try:
            null.read(wire.frame(content, flags=source.randrange(4)))
        except nmsg.FormatError:
            continue
    assert ports(null.read(wire.container(wire.conn(1)))) == [1]


def test_random_messages(null: nmsg.nullinput) -> None:
    """Octets that are no message, or one with odd fields, in every type."""
    source = random.Random(2)
    types = [cls for cls in vars(nmsg.msgtype.base).values() if hasattr(cls, "_msgtype")]
    for _ in range(3000):
        data = b"".join(
            wire.octets(source.randrange(1, 80), source.randbytes(source.randrange(20)))
            if source.random() < 0.5
            else wire.uint(source.randrange(1, 80), source.getrandbits(source.randrange(1, 65)))
            for _ in range(source.randrange(6))
        )
        msgtype = source.choice(types)._msgtype
        for message in null.read(wire.container(wire.Payload(msgtype=msgtype, data=data))):
            for key in message.keys():  # noqa: SIM118
                value = message[key]
                if value and not (isinstance(value, int) and type(value) is int):
                    message[key] = value
            _ = message.payload
