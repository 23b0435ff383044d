# SPDX-License-Identifier: Apache-2.0
"""Datagrams from strangers: what is hostile is counted and skipped, what is lost is told."""

from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    Sender,
    drain,
    ports,
    take,
    wait_until,
)

LISTEN = nmsg.input.open_sock
SEND = nmsg.output.open_sock


# -- hostile datagrams --

BODY = wire.body(wire.conns(5, 6))
GOOD = wire.container(wire.conn(1))
CRC_OF_5_WRONG = wire.frame(wire.body(wire.conns(5, 6), crcs=[0, wire.stored_crc(wire.ipconn(6))]))

# Octets, ports that arrive, bad containers, bad payloads.
HOSTILE: dict[str, tuple[bytes, list[int], int, int]] = {
    "nothing": (b"", [], 0, 0),
    "one octet": (b"N", [], 1, 0),
    "nine octets": (GOOD[:9], [], 1, 0),
    "garbage": (bytes(range(256)), [], 1, 0),
    "long garbage": (b"\xff" * 65000, [], 1, 0),
    "wrong magic": (b"nmsg" + GOOD[4:], [], 1, 0),
    "version 0": (wire.frame(BODY, version=0), [], 1, 0),
    "version 1": (wire.frame(BODY, version=1), [], 1, 0),
    "version 3": (wire.frame(BODY, version=3), [], 1, 0),
    "length too small": (wire.frame(BODY, length=len(BODY) - 1), [], 1, 0),
    "length too large": (wire.frame(BODY, length=len(BODY) + 1), [], 1, 0),
    "length of 4 GiB": (wire.frame(BODY, length=0xFFFFFFFF), [], 1, 0),
    "length 0": (wire.frame(BODY, length=0), [], 1, 0),
    "two containers": (GOOD + GOOD, [], 1, 0),
    "no payloads": (wire.frame(b""), [], 0, 0),
    "no payloads, compressed": (wire.frame(wire.zblock(b""), flags=wire.ZLIB), [], 0, 0),
    "body is garbage": (wire.frame(b"\xff" * 100), [], 1, 0),
    "bomb of 4 GiB": (
        wire.frame(wire.zblock(BODY, announced=0xFFFFFFFF), flags=wire.ZLIB),
        [],
        1,
        0,
    ),
    "bomb of 32 MiB": (wire.frame(wire.zblock(bytes(32 << 20)), flags=wire.ZLIB), [], 1, 0),
    "bomb that lies": (
        wire.frame(wire.zblock(bytes(32 << 20), announced=16 << 20), flags=wire.ZLIB),
        [],
        1,
        0,
    ),
    "bomb of empty payloads": (
        wire.frame(wire.zblock(wire.octets(1, b"") * (7 << 20)), flags=wire.ZLIB),
        [],
        1,
        0,
    ),
    "zlib garbage": (wire.frame(b"\0\0\0\x09123456789", flags=wire.ZLIB), [], 1, 0),
    "wrong crc": (CRC_OF_5_WRONG, [6], 0, 1),
    "undecodable payload": (
        wire.container(wire.conn(5), wire.Payload(data=b"\xff"), wire.conn(6)),
        [5, 6],
        0,
        1,
    ),
    "fragment of 2**32": (wire.fragment(1, 0, 0xFFFFFFFF, b"x"), [], 1, 0),
    "fragment behind the last": (wire.fragment(1, 2, 1, b"x"), [], 1, 0),
    "fragment without octets": (wire.fragment(1, 0, 1, b""), [], 1, 0),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_datagram(
    case: tuple[bytes, list[int], int, int], receiver: nmsg.input, send: Sender
) -> None:
    hostile, arriving, containers, payloads = case
    send(GOOD, hostile, GOOD, hostile, GOOD)
    messages = drain(receiver, 5)
    assert ports(messages) == [1, *arriving, 1, *arriving, 1]
    assert receiver.stats.bad == (2 * containers, 2 * payloads)
    assert receiver.stats.datagrams == 5


def test_all_hostile_datagrams_many_times(receiver: nmsg.input, send: Sender) -> None:
    good = 0
    arriving = []
    for _ in range(5):
        for hostile, its_ports, _, _ in HOSTILE.values():
            send(hostile, wire.container(wire.conn(100 + good)))
            arriving += [*its_ports, 100 + good]
            good += 1
        assert ports(take(receiver, len(arriving))) == arriving
        arriving.clear()
    assert receiver.stats.bad.containers == 5 * sum(c[2] for c in HOSTILE.values())


def test_random_datagrams(receiver: nmsg.input, send: Sender) -> None:
    template = bytearray(wire.container(*wire.conns(5, 6, 7)))
    for position in range(len(template)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(template)
            damaged[position] ^= flip
            send(bytes(damaged), bytes(damaged[:position]))
        send(GOOD)
        messages = drain(receiver, send.count)
        assert messages[-1]["srcport"] == 1
    assert receiver.stats.bad.containers > len(template)


def test_errors_may_be_raised() -> None:
    with LISTEN("127.0.0.1", 0, errors="raise") as reader:
        sender = Sender(reader.address)
        sender(GOOD, b"garbage", GOOD)
        assert ports([reader.read()]) == [1]
        with pytest.raises(nmsg.FormatError) as caught:
            reader.read()
        assert caught.value.code == "NM_E_MAGIC"
        assert ports([reader.read()]) == [1]
        sender.close()


def test_strings_argument() -> None:
    with LISTEN("127.0.0.1", 0, strings="bytes") as reader:
        sender = Sender(reader.address)
        sender(wire.container(wire.Payload(msgtype=6, data=wire.logline(b"a"))))
        assert reader.read()["category"] == b"a"
        sender.close()


# -- losses by sequence number --


def sequenced(number: int, identity: int = 1, **more: Any) -> bytes:
    return wire.frame(
        wire.body([wire.conn(number & 0xFFFF)], sequence=number, sequence_id=identity, **more)
    )


TOP = 1 << 32


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [
        ([1, 2, 3], 0),
        ([5, 6, 7], 0),
        ([1, 3], 1),
        ([10, 11, 9, 12, 13], 2),
        ([1, 1, 1, 2], 0),
        ([1, 2, 2, 5], 2),
        ([3, 2, 1], 0),
        ([TOP - 2, TOP - 1, 0, 1], 0),
        ([TOP - 2, 1], 2),
        ([0, 1048577], 1048576),
        ([0, 1048578], 0),
        ([0, 1048578, 1048580], 1),
    ],
)
def test_sequence_numbers(
    numbers: list[int], lost: int, receiver: nmsg.input, send: Sender
) -> None:
    for number in numbers:
        send(sequenced(number))
    assert ports(take(receiver, len(numbers))) == [number & 0xFFFF for number in numbers]
    assert receiver.stats.lost == (0, lost, 0)


def test_sequence_numbers_belong_to_an_id_and_a_sender(receiver: nmsg.input, send: Sender) -> None:
    other = Sender(receiver.address)
    send(sequenced(1, 7), sequenced(5, 8))
    other(sequenced(100, 7))
    send(sequenced(2, 7), sequenced(7, 8))
    other(sequenced(102, 7))
    take(receiver, 6)
    assert receiver.stats.lost.sequence == 2
    other.close()


def test_containers_with_half_a_sequence_are_not_accounted(
    receiver: nmsg.input, send: Sender
) -> None:
    for number in (1, 5, 9):
        send(wire.frame(wire.body([wire.conn(1)], sequence=number)))
        send(wire.frame(wire.body([wire.conn(1)], sequence_id=number)))
    take(receiver, 6)
    assert receiver.stats.lost == (0, 0, 0)


def test_a_filter_does_not_hide_losses(receiver: nmsg.input, send: Sender) -> None:
    receiver.set_filter_source(9)
    send(sequenced(1), sequenced(4))
    wait_until(lambda: receiver.stats.datagrams == 2)
    receiver.set_blocking_io(False)
    assert receiver.read() is None
    assert (receiver.stats.lost.sequence, receiver.stats.filtered) == (2, 2)


def test_fragments_from_two_senders_do_not_mix(receiver: nmsg.input, send: Sender) -> None:
    other = Sender(receiver.address)
    mine = wire.fragments(wire.body(wire.conns(*range(50))), 100, with_crc=False)
    theirs = wire.fragments(wire.body(wire.conns(*range(100, 150))), 100, with_crc=False)
    for a, b in zip(mine, theirs, strict=True):
        send(a)
        other(b)
    assert ports(take(receiver, 100)) == [*range(50), *range(100, 150)]
    other.close()


def test_a_fragmented_container_takes_one_number(receiver: nmsg.input, send: Sender) -> None:
    content = wire.body(wire.conns(*range(50)), sequence=2, sequence_id=1)
    send(sequenced(1), *wire.fragments(content, 100), sequenced(3), sequenced(5))
    assert len(take(receiver, 53)) == 53
    assert receiver.stats.lost == (0, 1, 0)


def test_sets_of_fragments_that_are_given_up(receiver: nmsg.input, send: Sender) -> None:
    for number in range(1100):
        send(wire.fragment(number, 0, 1, b"x" * 100))
    send(GOOD)
    assert len(drain(receiver, 1101)) == 1
    assert receiver.stats.lost == (0, 0, 1100 - 1024)
