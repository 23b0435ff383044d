#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of the fuzz targets, fuzz/seeds/TARGET/NAME.

usage: make_seeds.py [--check]

--check compares with what is there and writes nothing; exit status 1 if anything differs. The
encoders here are written from the description of the format, not taken from the code under test,
and use nothing whose output depends on the version of a library.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import seeds_capture
import seeds_dns
import seeds_packet
import seeds_savefile
import seeds_text

SEEDS = Path(__file__).resolve().parent / "seeds"

ZLIB = 1
FRAGMENT = 2

U32_MAX = 2**32 - 1

# ---------------------------------------------------------------------------------------------
# Protobuf


def varint(value: int) -> bytes:
    value %= 2**64
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field * 8) + varint(value)


def fixed64(field: int, value: int) -> bytes:
    return varint(field * 8 + 1) + value.to_bytes(8, "little")


def octets(field: int, value: bytes) -> bytes:
    return varint(field * 8 + 2) + varint(len(value)) + value


def fixed32(field: int, value: int) -> bytes:
    return varint(field * 8 + 5) + value.to_bytes(4, "little")


# ---------------------------------------------------------------------------------------------
# Checksums and compression


def crc32c(data: bytes) -> int:
    crc = U32_MAX
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ U32_MAX


def stored_crc(data: bytes) -> int:
    """A CRC as it stands in a container: octets swapped."""
    return int.from_bytes(crc32c(data).to_bytes(4, "little"), "big")


def adler32(data: bytes) -> bytes:
    a, b = 1, 0
    for octet in data:
        a = (a + octet) % 65521
        b = (b + a) % 65521
    return (b << 16 | a).to_bytes(4, "big")


TEXT = b"".join(b"line %d of a text\n" % i for i in range(30))


class Bits:
    """Bits as deflate packs them, lowest first."""

    def __init__(self) -> None:
        self.value = 0
        self.count = 0

    def add(self, value: int, count: int) -> None:
        self.value |= value << self.count
        self.count += count

    def code(self, code: int, count: int) -> None:
        """A Huffman code, highest bit first."""
        self.add(int(f"{code:0{count}b}"[::-1], 2), count)

    def octets(self) -> bytes:
        return self.value.to_bytes((self.count + 7) // 8, "little")


def literal(bits: Bits, symbol: int) -> None:
    """A literal or length symbol in deflate's fixed code (RFC 1951, 3.2.6)."""
    if symbol < 144:
        bits.code(0x30 + symbol, 8)
    elif symbol < 256:
        bits.code(0x190 + symbol - 144, 9)
    elif symbol < 280:
        bits.code(symbol - 256, 7)
    else:
        bits.code(0xC0 + symbol - 280, 8)


def deflate_stored(data: bytes) -> bytes:
    out = b""
    pieces = [data[i : i + 65535] for i in range(0, len(data), 65535)] or [b""]
    for i, piece in enumerate(pieces):
        size = len(piece)
        out += bytes([i + 1 == len(pieces)])
        out += size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + piece
    return out


def deflate_fixed(data: bytes) -> bytes:
    """Fixed code; runs of one octet become matches of 258 at distance 1."""
    bits = Bits()
    bits.add(1, 1)
    bits.add(1, 2)
    i = 0
    while i < len(data):
        if i > 0 and data[i : i + 258] == data[i - 1 : i] * 258:
            literal(bits, 285)
            bits.code(0, 5)
            i += 258
        else:
            literal(bits, data[i])
            i += 1
    literal(bits, 256)
    return bits.octets()


# TEXT in one block with a code of its own, as an encoder made it that can do that.
DEFLATE_DYNAMIC = bytes.fromhex(
    "65d03b0a80401004d1dc53cc11ecf67f1c83158445930d3cbe98c9545ad1a3ea7995e8e33e628f569ed6d52f"
    "2807e730e430e630e530e7b0e4b0e6b001462aac0256d00a5cc12b8005b14016cc86d9fc0bb36136cc86d930"
    "1b66c3ecbff905"
)


def zlib(data: bytes, stream: bytes, header: bytes = b"\x78\x9c") -> bytes:
    return header + stream + adler32(data)


def zblock(data: bytes, stream: bytes | None = None, announced: int | None = None) -> bytes:
    """A compressed block."""
    size = len(data) if announced is None else announced
    return size.to_bytes(4, "big") + zlib(data, deflate_fixed(data) if stream is None else stream)


# ---------------------------------------------------------------------------------------------
# Containers


def record(
    data: bytes | None,
    vendor: int = 1,
    kind: int = 6,
    sec: int = 1_700_000_000,
    nsec: int = 123_456_789,
    tail: bytes = b"",
) -> bytes:
    out = number(1, vendor) + number(2, kind) + number(3, sec) + fixed32(4, nsec)
    if data is not None:
        out += octets(5, data)
    return out + tail


def body(messages: Iterable[bytes], sequence: tuple[int, int] | None = None) -> bytes:
    messages = list(messages)
    out = b"".join(octets(1, record(m)) for m in messages)
    out += b"".join(number(2, stored_crc(m)) for m in messages)
    if sequence is not None:
        out += number(3, sequence[0]) + number(4, sequence[1])
    return out


def container(content: bytes, flags: int = 0, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return b"NMSG" + bytes([flags, 2]) + size.to_bytes(4, "big") + content


def container_v1(content: bytes) -> bytes:
    return b"NMSG\0\1" + len(content).to_bytes(2, "big") + content


def fragment(current: int, last: int, data: bytes, ident: int = 7, crc: int | None = None) -> bytes:
    out = number(1, ident) + number(2, current) + number(3, last) + octets(4, data)
    return out if crc is None else out + number(5, crc)


def cut(content: bytes, size: int, ident: int = 7, extra_last: int = 0) -> list[bytes]:
    """Fragment records of some content."""
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    crc = stored_crc(content)
    last = len(pieces) - 1 + extra_last
    return [fragment(i, last, piece, ident, crc) for i, piece in enumerate(pieces)]


# ---------------------------------------------------------------------------------------------
# Seeds: each function yields names and contents for one target.

Seeds = Iterator[tuple[str, bytes]]


def address_seeds() -> Seeds:
    texts = [
        "192.0.2.1", "255.255.255.255", "0.0.0.0", "01.2.3.4", "1.2.3.256", "1.2.3", "1.2.3.4.5",
        "::", "::1", "1::", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
        "::ffff:192.0.2.1", "::192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7:8:9",
        "::1::", ":::", "12345::", "ABCD:Ef01::", "::1%1", "1:2:3:4:5:6:7:192.0.2.1",
        "0000:0000:0000:0000:0000:ffff:255.255.255.255",
    ]  # fmt: skip
    for text in texts:
        yield text.replace(":", "_").replace("%", "-") + ".txt", text.encode()
    yield "empty", b""
    yield "mapped.octets", bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
    yield "runs.octets", b"\0\1\0\0\0\0\0\2\0\0\0\0\0\0\0\3"
    yield "noise.octets", bytes(range(200, 216))


def inflate_seeds() -> Seeds:
    yield "empty", b""
    yield "no-prefix", b"\0\0\0"
    yield "prefix-only", b"\0\0\0\5"
    yield "nothing", zblock(b"")
    yield "stored", zblock(TEXT, deflate_stored(TEXT))
    yield "stored-two-blocks", zblock(b"ab", b"\0\1\0\xfe\xffa" + deflate_stored(b"b"))
    yield "fixed", zblock(TEXT)
    yield "fixed-run", zblock(bytes(5000))
    yield "dynamic", zblock(TEXT, DEFLATE_DYNAMIC)
    yield "trailing", zblock(TEXT) + b"octets behind the stream"
    yield "announces-less", zblock(TEXT, announced=len(TEXT) - 1)
    yield "announces-more", zblock(TEXT, announced=len(TEXT) + 1)
    yield "announces-4-gib", zblock(TEXT, announced=U32_MAX)
    yield "announces-the-limit", zblock(TEXT, announced=2**20)
    yield "announces-above-the-limit", zblock(TEXT, announced=2**20 + 1)
    yield "bomb", zblock(bytes(2**20))
    yield "cut-stream", zblock(TEXT)[:-20]
    yield "cut-checksum", zblock(TEXT)[:-2]
    yield "wrong-checksum", zblock(TEXT)[:-1] + b"\0"
    yield "dictionary", b"\0\0\0\1" + zlib(b"a", b"\0\0\0\1" + deflate_fixed(b"a"), b"\x78\xbb")
    yield "reserved-block", b"\0\0\0\1" + zlib(b"a", b"\7\0\0")
    yield "no-zlib-header", b"\0\0\0\1" + zlib(b"a", deflate_fixed(b"a"), b"\x01\x01")
    yield "noise", random.Random(1).randbytes(600)


def stream(options: int, *containers: bytes | tuple[int, bytes]) -> bytes:
    """Input of the container target; a number in front says from whom and how much later."""
    out = bytes([options])
    for item in containers:
        sender, content = item if isinstance(item, tuple) else (0, item)
        out += bytes([sender]) + len(content).to_bytes(2, "big") + content
    return out


def container_body_seeds() -> Seeds:
    one = body([b"\x0a\x01x"])
    yield "empty", b""
    yield "plain", stream(0, container(one), container(body([b"a", b"", b"c" * 200])))
    yield "version-1", stream(1, container_v1(one), container(one), container_v1(b""))
    yield "version-1-refused", stream(0, container_v1(one), container(one))
    yield "unknown-flags", stream(0, container(one, 0xFC), container(one, 0x80))
    yield "no-payloads", stream(0, container(b""), container(zblock(b""), ZLIB))
    yield "headers", stream(
        0, b"", b"N", b"NMSG", b"NMSG\0\2\0", b"NMSX\0\2\0\0\0\0", b"NMSG\0\3\0\0\0\0",
        b"NMSG\1\1\0\0\0\0", container(one, length=5), container(one, length=U32_MAX),
        container(one),
    )  # fmt: skip
    optional = number(7, 0xA1) + number(8, 0) + number(9, 5)
    yield "optional-fields", stream(0, container(octets(1, record(b"x", tail=optional))))
    yield "no-message", stream(0, container(octets(1, record(None)) + number(2, 0)))
    odd = number(6, 1) + octets(77, b"new") + fixed64(78, 5) + fixed32(79, 6)
    yield "unknown-fields", stream(0, container(odd[2:] + octets(1, record(b"x", tail=odd))))
    extreme = record(b"x", U32_MAX, 2**40 + 5, -1, U32_MAX)
    yield "extreme-numbers", stream(0, container(octets(1, extreme)))
    twice = record(b"first") + record(b"second", 2, 3, 4, 5)
    yield "fields-twice", stream(0, container(octets(1, twice)))
    lengthy = b"\x88\x80\x00\x81\x80\x80\x00" + record(b"x")[2:]
    yield "long-varints", stream(0, container(octets(1, lengthy)))
    packed = octets(2, varint(stored_crc(b"a")) + varint(5)) + octets(2, b"")
    yield "packed-crcs", stream(0, container(body([b"a", b"b"]) + packed))
    many = b"".join(number(2, i) for i in range(50))
    yield "crcs-only", stream(0, container(many), container(body([b"a"]) + many))
    yield "wrong-crc", stream(0, container(octets(1, record(b"a")) + number(2, 1)))
    yield "many-payloads", stream(8, container(body(bytes([i]) * i for i in range(40))))


def container_malformed_seeds() -> Seeds:
    one = body([b"x"])
    bad = [
        b"\x80", b"\0\0", b"\x0b\x0c", b"\x0a\x7f", b"\x0a\xff\xff\xff\xff\x0f", b"\x08\1",
        b"\x0a\0", b"\x15\0\0\0\0", b"\x12\2\1\x80", b"\x1a\0", b"\x21" + bytes(8),
        b"\x08" + b"\xff" * 10 + b"\1", octets(1, record(b"x")[:-3]), octets(1, record(b"x")[2:]),
        octets(1, record(b"x") + octets(1, b"")), octets(1, record(b"x") + number(4, 1)),
        octets(1, record(b"x") + number(5, 1)), octets(1, record(b"x") + b"\x80"),
    ]  # fmt: skip
    yield "malformed", stream(0, *(container(one + tail) for tail in bad), container(one))
    yield "malformed-repaired", stream(8, *(container(tail) for tail in bad))
    for name, extra in [("record-wire-type", octets(2, b"")), ("record-cut", b"\x2a\x05")]:
        yield name, stream(0, container(octets(1, record(b"x", tail=extra))))


def container_zlib_seeds() -> Seeds:
    one = body([b"x"])
    yield "zlib", stream(0, container(zblock(one), ZLIB), container(one))
    yield "zlib-trailing", stream(0, container(zblock(one) + b"behind", ZLIB))
    yield "zlib-bad", stream(
        0, container(b"", ZLIB), container(b"\0\0\0", ZLIB), container(b"\0\0\0\5", ZLIB),
        container(zblock(one, announced=U32_MAX), ZLIB), container(zblock(one)[:-1], ZLIB),
        container(zblock(one, announced=len(one) + 1), ZLIB), container(zblock(b"\x0a\5"), ZLIB),
        container(zblock(one), ZLIB),
    )  # fmt: skip
    yield "zlib-bomb", stream(0, container(zblock(bytes(2**20)), ZLIB), container(one))
    yield (
        "tight-limits",
        stream(
            4, container(body([b"x" * 500])), container(zblock(bytes(700)), ZLIB), container(one)
        ),
    )


def container_fragment_seeds() -> Seeds:
    long = body([b"message in pieces %d" % i for i in range(6)], (5, 99))
    pieces = [container(p, FRAGMENT) for p in cut(long, 50)]
    other = [container(p, FRAGMENT) for p in cut(long + number(9, 1), 50, 8)]
    packed = [container(p, FRAGMENT | ZLIB) for p in cut(zblock(long), 40)]
    yield "fragments", stream(0, *pieces)
    yield "fragments-backwards", stream(2, *reversed(pieces))
    yield "fragments-twice", stream(0, *(p for p in pieces for _ in range(2)))
    yield (
        "fragments-mixed",
        stream(2, *(x for pair in zip(pieces, other, strict=True) for x in pair), container(long)),
    )
    yield "fragments-zlib", stream(2, *packed)
    senders = [((i % 3), p) for i in range(3) for p in pieces]
    yield "fragments-senders", stream(0, *senders[:: len(senders) // 2 - 1], *senders)
    yield "fragments-expired", stream(0, pieces[0], (31 << 3, pieces[1]), *other, pieces[0])
    extra = [container(p, FRAGMENT) for p in cut(long[: len(long) // 50 * 50], 50, 9, 1)]
    yield "fragments-one-too-many", stream(0, *extra)
    yield "fragments-impossible", stream(
        0, pieces[0],
        *(
            container(f, FRAGMENT)
            for f in (
                fragment(1, 0, b"x"), fragment(U32_MAX, 5, b"x"), fragment(0, U32_MAX, b"x"),
                fragment(0, 5, b""), fragment(0, 0, b"x", crc=1), fragment(0, 0, b"\x0a\5"),
                fragment(1, 3, b"x"), fragment(1, 4, b"x"), b"", b"\x80", octets(1, b""),
                fragment(0, 0, b"x")[2:], fragment(0, 70000, b"x"),
            )
        ),
        *pieces[1:],
    )  # fmt: skip
    floods = [container(fragment(0, 5, b"z" * 60, i), FRAGMENT) for i in range(10)]
    grows = [container(fragment(i, 7, b"z" * 90, 50), FRAGMENT) for i in range(8)]
    yield "fragments-tight", stream(4, *floods, *grows, container(fragment(0, 8, b"x"), FRAGMENT))


def container_sequence_seeds() -> Seeds:
    def numbered(*sequences: int, ident: int = 77) -> list[bytes]:
        return [container(body([b"n"], (s, ident))) for s in sequences]

    yield "sequence", stream(2, *numbered(10, 11, 9, 12, 13))
    yield "sequence-gaps", stream(2, *numbered(1, 5, 1048582, 2097160, 3, 2**32 - 1, 0, 2))
    yield "sequence-expired", stream(2, *numbered(1, 3), *((248, c) for c in numbered(*range(9))))
    several = [(i % 8, c) for i, c in enumerate(numbered(*range(0, 60, 3)))]
    yield "sequence-senders", stream(2, *several)
    tight = [c for i in range(5) for c in numbered(i, ident=i)]
    yield "sequence-tight", stream(6, *tight, *tight)
    half = [number(3, 5), number(4, 5)]
    yield "sequence-many-senders", many_senders()
    yield "sequence-half", stream(2, *(container(body([b"n"]) + h) for h in half))


def many_senders() -> bytes:
    """So many numbered containers that a table of senders has to grow."""
    return stream(2, *(container(number(3, 1) + number(4, i)) for i in range(2100)))


def container_seeds() -> Seeds:
    yield from container_body_seeds()
    yield from container_malformed_seeds()
    yield from container_zlib_seeds()
    yield from container_fragment_seeds()
    yield from container_sequence_seeds()


def wild(*records: bytes | tuple[int, bytes]) -> bytes:
    """Input of the fragment target: records in front of which stands from whom and when."""
    out = b"\0"
    for item in records:
        sender, content = item if isinstance(item, tuple) else (0, item)
        out += bytes([sender, len(content)]) + content
    return out


def orderly(options: int, whole: int, piece: int, *order: int) -> bytes:
    out = bytes([options | 1]) + (whole - 1).to_bytes(2, "big") + bytes([piece - 1])
    return out + b"".join(index.to_bytes(2, "big") for index in order)


def fragment_seeds() -> Seeds:
    text = b"some octets that are cut into pieces of ten octets each, and then a few more"
    yield "empty", b""
    yield "in-order", wild(*cut(text, 10))
    yield "backwards", wild(*reversed(cut(text, 10)))
    both = zip(cut(text, 10, 1), cut(text, 10, 2), strict=True)
    yield "two-sets", wild(*(record for pair in both for record in pair))
    yield "two-senders", wild(*((i % 2, p) for p in cut(text, 10) for i in range(2)))
    yield "single", wild(*cut(text, 100))
    yield "one-too-many", wild(*cut(text[:70], 10, 1, 1))
    yield "no-crc", wild(fragment(0, 1, b"a"), fragment(1, 1, b"b"))
    yield "wrong-crc", wild(fragment(0, 1, b"a", crc=1), fragment(1, 1, b"b", crc=1))
    yield "late", wild(fragment(0, 1, b"a"), (31 << 3, fragment(1, 1, b"b")), fragment(0, 1, b"a"))
    yield "other-last", wild(fragment(0, 2, b"a"), fragment(1, 3, b"b"), fragment(1, 2, b"b"))
    yield "impossible", wild(
        fragment(1, 0, b"x"), fragment(0, U32_MAX, b"x"), fragment(0, 3, b""),
        fragment(U32_MAX, U32_MAX, b"x"), fragment(0, 99, b"x"), fragment(0, 100, b"x"),
    )  # fmt: skip
    yield "too-many-sets", wild(*(fragment(0, 1, b"a", i) for i in range(9)))
    yield "too-many-octets", wild(*(fragment(i, 9, b"z" * 200) for i in range(5)))
    full = [fragment(i % 3, 9, b"z" * 160, i // 3) for i in range(15)]
    yield "table-full", wild(*full)
    yield "malformed", wild(
        b"", b"\x80", b"\0\0", b"\x0a\0", number(4, 1), octets(4, b"x"), fixed32(5, 1),
        fragment(0, 0, b"x") + octets(9, b"unknown") + number(6, 1),
        fragment(9, 9, b"y") + fragment(0, 0, b"x"), fragment(0, 0, b"x")[:-1],
    )  # fmt: skip
    for options in range(0, 16, 2):
        yield f"orderly-{options}", orderly(options, 400, 100, 2, 0, 0, 3, 1, 1, 1)
    yield "orderly-many", orderly(8, 3000, 1, *range(2999, 0, -151))
    yield "orderly-one", orderly(8, 100, 200)


def payload_seeds() -> Seeds:
    ip4, ip6 = b"\xc0\0\2\1", bytes.fromhex("20010db8") + bytes(11) + b"\1"
    yield "empty", b""
    yield (
        "ipconn",
        (number(1, 6) + octets(2, ip4) + number(3, 2134) + octets(4, ip6) + number(5, 80)),
    )
    yield "http", (
        number(1, 1) + octets(2, ip4) + octets(3, b"host.example") + number(4, 4000)
        + octets(5, ip6) + number(6, 80) + octets(7, b"GET / HTTP/1.1\r\n\r\n")
        + octets(65, b"genre") + octets(66, b"detail") + number(67, -3) + octets(68, b"link")
        + octets(69, b"tos") + number(70, 1) + number(71, 0) + number(72, 70000)
        + number(73, 2**31) + number(74, 5) + number(75, -(2**31))
    )  # fmt: skip
    yield "email", (
        octets(2, b"Subject: a\r\nTo: b\r\n") + octets(3, ip6) + octets(4, b"mail.example")
        + octets(5, b"helo.example") + octets(6, b"a@mail.example") + octets(7, b"b@mail.example")
        + octets(7, b"") + octets(7, b"c@mail.example") + number(8, 1)
        + octets(9, b"http://a.example/") + octets(9, b"http://b.example/") + octets(10, b"body\n")
    )  # fmt: skip
    yield "logline", octets(1, b"category") + octets(2, b"a line\xff\0")
    yield "encode", number(1, 1) + octets(2, b'{"a": 1}')
    yield "pkt", octets(1, bytes(range(60))) + number(2, 1514)
    yield "linkpair", number(1, 0) + octets(2, b"a") + octets(3, b"b") + octets(5, b"headers\n")
    yield "xml", octets(1, b"type") + octets(2, b"<a/>")
    yield "packet", number(1, 1) + octets(2, b"\x45" + bytes(30))
    yield "required-missing", octets(2, b"x")
    yield "last-one-wins", number(1, 1) + number(1, 2) + octets(2, b"a") + octets(2, b"b")
    yield "unknown-fields", (
        b"\xe0\x86\0\x81\x80\0" + octets(2, b"x") + fixed32(50, 1) + octets(51, b"new")
        + number(1, 5) + fixed64(52, 2) + octets(51, b"")
    )  # fmt: skip
    numbers = varint(-1) + varint(0) + varint(2**40) + b"\x81\x80\0"
    runs = b"".join(octets(i, numbers) for i in range(1, 7))
    yield "packed", runs + octets(7, bytes(range(16)))
    yield "packed-and-not", (
        b"".join(number(i, i * 1000) + octets(i, numbers) + octets(i, b"") for i in range(1, 7))
        + fixed64(7, 5) + octets(7, bytes(8)) + octets(8, b"bytes")
        + number(9, -1) + number(10, -1) + number(11, 5) + fixed64(12, 2**63)
    )  # fmt: skip
    for name, bad in {
        "cut-packed": octets(1, b"\1\x80"),
        "cut-doubles": octets(7, bytes(9)),
        "wire-type": fixed32(1, 5),
        "group": b"\x0b\x0c",
        "length": b"\x12\xff\xff\xff\xff\x0f",
        "cut-tag": b"\x80",
        "field-0": b"\0\0",
    }.items():
        yield f"malformed-{name}", number(1, 1) + octets(2, b"x") + bad


def flow(options: int, size: int, *payloads: tuple[int, int]) -> bytes:
    """Input of the builder target: kinds and lengths of payloads."""
    out = bytes([options]) + size.to_bytes(2, "big")
    return out + b"".join(bytes([kind]) + length.to_bytes(2, "big") for kind, length in payloads)


def builder_seeds() -> Seeds:
    data, every, noise, close, toggle, large = 0x01, 0x0F, 0x10, 0x20, 0x40, 0x80
    yield "empty", b""
    yield "no-payloads", flow(7, 512)
    lengths = [0, 1, 100, 127, 128, 129, 300, 475, 476, 477, 900]
    for options in range(8):
        kinds = [data, data | noise, every, every | noise]
        payloads = [(kinds[i % 4], size) for i, size in enumerate(lengths)]
        yield f"small-{options}", flow(options, 512, *payloads)
    yield "clamped", flow(3, 0, *((data | noise, 60) for _ in range(30)))
    yield "clamped-large", flow(0x0B, 65535, (data | noise | large, 60000), (data, 9), (every, 0))
    around = [16360, 16383, 16384, 16385, 100, 8160, 8192]
    yield "jumbo", flow(3, 8192, *((data | noise, size) for size in around))
    yield "jumbo-zlib", flow(7, 8192, *((data | (i % 2) * noise, n) for i, n in enumerate(around)))
    yield "file", flow(9, 65535, *((data | noise, size) for size in around * 3))
    yield "whole", flow(2, 512, (data | noise, 5000), (data, 5), (data | noise, 600))
    yield "multiples", flow(1, 512, *((data | noise, n) for n in range(930, 960)))
    yield "closed-often", flow(3, 2000, *((data | close, n) for n in range(20)))
    yield "zlib-switched", flow(3, 1280, *((every | toggle | noise, 37 * n) for n in range(20)))
    yield "header-only", flow(3, 512, *((kind, 5) for kind in range(0, 16, 2)))


def file_seeds() -> Seeds:
    one, two = container(body([b"x", b""])), container_v1(body([b"old"]))
    zipped = container(zblock(body([b"y"] * 20)), ZLIB)
    pieces = [container(piece, FRAGMENT) for piece in cut(body([b"z" * 300]), 100)]
    yield "nothing", b""
    yield "mixed", one + two + zipped + b"".join(pieces) + one
    yield "large", container(body([bytes(range(256)) * 40] * 3)) + two
    yield "no-payloads", container(b"") + one + container(zblock(b""), ZLIB) + container_v1(b"")
    yield "bad-crc", container(octets(1, record(b"x")) + number(2, 1)) + one
    yield "bad-bodies", one + container(b"\x0a\5") + container(b"abc", ZLIB) + one
    yield "lying-fragment", one + container(fragment(5, 1, b"x"), FRAGMENT) + two
    yield "magic", one + b"GARBAGE" + one
    yield "version", one + b"NMSG\0\3" + bytes(4) + one
    yield "huge", one + container(b"", length=U32_MAX) + one
    yield "cut-header", one + two[:5]
    yield "cut-body", one + zipped[:-1]


TARGETS = {
    "address": address_seeds,
    "builder": builder_seeds,
    "container": container_seeds,
    "file": file_seeds,
    "fragment": fragment_seeds,
    "inflate": inflate_seeds,
    "payload": payload_seeds,
    **seeds_capture.TARGETS,
    **seeds_dns.TARGETS,
    **seeds_packet.TARGETS,
    **seeds_savefile.TARGETS,
    **seeds_text.TARGETS,
}


def all_seeds() -> dict[Path, bytes]:
    return {
        SEEDS / target / name: data for target, seeds in TARGETS.items() for name, data in seeds()
    }


def check(seeds: dict[Path, bytes]) -> int:
    """Compare with the files that are there; 1 if anything differs."""
    there = {path for path in SEEDS.rglob("*") if path.is_file()}
    wrong = sorted(there ^ seeds.keys())
    wrong += [path for path in there & seeds.keys() if path.read_bytes() != seeds[path]]
    for path in wrong:
        print(f"{path}: not as make_seeds.py writes it")
    return 1 if wrong else 0


def write(seeds: dict[Path, bytes]) -> int:
    for path in SEEDS.rglob("*"):
        if path.is_file() and path not in seeds:
            path.unlink()
    for path, data in seeds.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(seeds)} seeds, {sum(map(len, seeds.values()))} octets")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the seeds of the fuzz targets.")
    parser.add_argument("--check", action="store_true", help="compare only")
    return (check if parser.parse_args().check else write)(all_seeds())


if __name__ == "__main__":
    sys.exit(main())
