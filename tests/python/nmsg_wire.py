# SPDX-License-Identifier: Apache-2.0
"""A second, plain implementation of the container format, to make and take apart what tests need.

It shares nothing with the one under test, and it makes whatever it is asked for: wrong CRCs, lying
lengths, impossible fragments.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ZLIB = 0x01
FRAGMENT = 0x02

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def _crc_table() -> list[int]:
    table = []
    for octet in range(256):
        crc = octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for octet in data:
        crc = _CRC_TABLE[(crc ^ octet) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def stored_crc(data: bytes) -> int:
    """The number that containers hold: the CRC with its octets the other way round."""
    return int.from_bytes(crc32c(data).to_bytes(4, "big"), "little")


# -- protobuf --


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def uint(number: int, value: int) -> bytes:
    return tag(number, VARINT) + varint(value)


def octets(number: int, value: bytes) -> bytes:
    return tag(number, BYTES) + varint(len(value)) + value


def fixed32(number: int, value: int) -> bytes:
    return tag(number, FIXED32) + struct.pack("<I", value)


def fixed64(number: int, value: int) -> bytes:
    return tag(number, FIXED64) + struct.pack("<Q", value)


def read_varint(data: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = data[offset]
        offset += 1
        value |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            return value, offset


def fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """Number and value of every field, in order."""
    out: list[tuple[int, int | bytes]] = []
    offset = 0
    while offset < len(data):
        key, offset = read_varint(data, offset)
        wire_type = key & 7
        value: int | bytes
        if wire_type == VARINT:
            value, offset = read_varint(data, offset)
        elif wire_type == BYTES:
            length, offset = read_varint(data, offset)
            value = data[offset : offset + length]
            assert len(value) == length
            offset += length
        else:
            length = 4 if wire_type == FIXED32 else 8
            value = int.from_bytes(data[offset : offset + length], "little")
            offset += length
        out.append((key >> 3, value))
    return out


# -- messages --


def ipconn(port: int) -> bytes:
    """The serialized fields of a base:ipconn that has a source port only."""
    return uint(3, port)


def logline(category: bytes, text: bytes = b"") -> bytes:
    return octets(1, category) + (octets(2, text) if text else b"")


@dataclass
class Payload:
    """A message with its header. None: the field is not there."""

    vid: int | None = 1
    msgtype: int | None = 5
    data: bytes | None = b""
    time_sec: int | None = 1_000_000_000
    time_nsec: int | None = 1
    source: int | None = None
    operator: int | None = None
    group: int | None = None
    more: bytes = b""

    def encode(self) -> bytes:
        parts = [b""]
        for number, value in ((1, self.vid), (2, self.msgtype), (3, self.time_sec)):
            if value is not None:
                parts.append(uint(number, value))
        if self.time_nsec is not None:
            parts.append(fixed32(4, self.time_nsec))
        if self.data is not None:
            parts.append(octets(5, self.data))
        for number, value in ((7, self.source), (8, self.operator), (9, self.group)):
            if value is not None:
                parts.append(uint(number, value))
        return b"".join(parts) + self.more


def conn(port: int) -> Payload:
    """A base:ipconn message; the port tells one from another."""
    return Payload(data=ipconn(port))


def conns(*ports: int) -> list[Payload]:
    return [conn(port) for port in ports]


# -- containers --


def body(
    payloads: Iterable[Payload],
    *,
    crcs: Sequence[int] | None = None,
    sequence: int | None = None,
    sequence_id: int | None = None,
) -> bytes:
    """A serialized container without its header. crcs: in place of the right ones."""
    payloads = list(payloads)
    if crcs is None:
        crcs = [stored_crc(p.data or b"") for p in payloads]
    out = b"".join(octets(1, p.encode()) for p in payloads)
    out += b"".join(uint(2, crc) for crc in crcs)
    if sequence is not None:
        out += uint(3, sequence)
    if sequence_id is not None:
        out += uint(4, sequence_id)
    return out


def frame(content: bytes, *, flags: int = 0, version: int = 2, length: int | None = None) -> bytes:
    """Any octets behind a container header. length: in place of the right one."""
    if length is None:
        length = len(content)
    if version == 1:
        return b"NMSG" + struct.pack(">HH", 1, length) + content
    return b"NMSG" + struct.pack(">BBI", flags, version, length) + content


def zblock(content: bytes, *, announced: int | None = None) -> bytes:
    length = len(content) if announced is None else announced
    return struct.pack(">I", length) + zlib.compress(content)


def container(*payloads: Payload, compress: bool = False) -> bytes:
    content = body(payloads)
    return frame(zblock(content), flags=ZLIB) if compress else frame(content)


def fragment(
    number: int, current: int, last: int, data: bytes, *, crc: int | None = None, flags: int = 0
) -> bytes:
    content = uint(1, number) + uint(2, current) + uint(3, last) + octets(4, data)
    if crc is not None:
        content += uint(5, crc)
    return frame(content, flags=FRAGMENT | flags)


def fragments(
    content: bytes, size: int, *, number: int = 7, with_crc: bool = True, flags: int = 0
) -> list[bytes]:
    """`content`, a body or a compressed block, in pieces of `size` octets."""
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    crc = stored_crc(content) if with_crc else None
    return [
        fragment(number, i, len(pieces) - 1, piece, crc=crc, flags=flags)
        for i, piece in enumerate(pieces)
    ]


def halves(content: bytes) -> tuple[bytes, bytes]:
    first, second = fragments(content, (len(content) + 1) // 2)
    return first, second


# -- taking files apart --


@dataclass
class Container:
    """One container of a stream, its body as it lies there."""

    flags: int
    content: bytes
    length: int

    @property
    def payloads(self) -> list[bytes]:
        content = zlib.decompress(self.content[4:]) if self.flags & ZLIB else self.content
        assert not self.flags & FRAGMENT
        return [value for number, value in fields(content) if number == 1]  # type: ignore[misc]


def split(stream: bytes) -> tuple[list[Container], bytes]:
    """The whole containers of version 2 in a stream, and what is left behind the last."""
    out = []
    offset = 0
    while len(stream) - offset >= 10:
        magic, flags, version, length = struct.unpack_from(">4sBBI", stream, offset)
        assert (magic, version) == (b"NMSG", 2), f"no container at offset {offset}"
        end = offset + 10 + length
        if end > len(stream):
            break
        out.append(Container(flags, stream[offset + 10 : end], 10 + length))
        offset = end
    return out, stream[offset:]


def estimated_containers(record_lengths: Iterable[int], size: int) -> list[int]:
    """How many messages go into each container by the writer's rule of estimated sizes."""
    counts: list[int] = []
    estimate, count = 10, 0
    for length in record_lengths:
        if count > 0 and estimate + length + 32 >= size:
            counts.append(count)
            estimate, count = 10, 0
        estimate += length + 2 + (length >= 1 << 7) + (length >= 1 << 14) + (length >= 1 << 21) + 6
        count += 1
        if estimate > size:
            counts.append(count)
            estimate, count = 10, 0
    return [*counts, count] if count else counts
