# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets that read IP packets, alias and channel files, and endpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

Seeds = Iterator[tuple[str, bytes]]

PACKET, PACKETS, DATAGRAM = b"\0", b"\1", b"\2"  # First octet of the seeds of ip_packet.

UDP, TCP = 17, 6
HOP_BY_HOP, ROUTING, FRAGMENT, ESP, AUTHENTICATION, DESTINATION = 0, 43, 44, 50, 51, 60


def be16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def noise(size: int, seed: int = 1) -> bytes:
    """Octets that never change with a version of Python."""
    out = bytearray()
    for _ in range(size):
        seed = (seed * 1103515245 + 12345) % 2**31
        out.append(seed >> 16 & 0xFF)
    return bytes(out)


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(data[0::2]) * 256 + sum(data[1::2])
    while total > 0xFFFF:
        total = total % 0x10000 + total // 0x10000
    return total ^ 0xFFFF


@dataclass(frozen=True)
class Packet:
    """What an IP header says. `length` None: what fits."""

    version: int = 4
    protocol: int = UDP
    options: bytes = b""  # IPv4 options, or IPv6 extension headers, which `protocol` then names.
    word: int = 0  # Of fragments, IPv4 only.
    ident: int = 1
    length: int | None = None
    last: int = 1  # Octet of the source address.

    def addresses(self) -> bytes:
        if self.version == 4:
            return bytes([10, 0, 0, self.last, 10, 0, 0, 2])
        return b"\x20\1" + bytes(13) + bytes([self.last]) + b"\x20\1" + bytes(13) + b"\2"

    def put(self, payload: bytes) -> bytes:
        rest = self.options + payload
        if self.version == 6:
            size = len(rest) if self.length is None else self.length
            fixed = b"\x60\0\0\0" + be16(size) + bytes([self.protocol, 64])
            return fixed + self.addresses() + rest
        size = 20 + len(rest) if self.length is None else self.length
        lead = bytes([0x45 + len(self.options) // 4, 0]) + be16(size) + be16(self.ident)
        return lead + be16(self.word) + bytes([64, self.protocol, 0, 0]) + self.addresses() + rest


V4, V6 = Packet(), Packet(version=6)


def udp(
    packet: Packet, payload: bytes, *, length: int | None = None, absent: bool = False
) -> bytes:
    """A datagram with its checksum."""
    size = 8 + len(payload) if length is None else length
    start = be16(53) + be16(40000) + be16(size)
    zero_sum = start + bytes(2) + payload
    total = checksum(packet.addresses() + be16(size) + be16(UDP) + zero_sum) or 0xFFFF
    return start + (bytes(2) if absent else be16(total)) + payload


def extension(following: int, size: int = 8) -> bytes:
    return bytes([following, size // 8 - 1]) + bytes(size - 2)


def authentication(following: int, size: int = 16) -> bytes:
    return bytes([following, size // 4 - 2]) + bytes(size - 2)


def fragment_header(following: int, offset: int, *, more: bool, ident: int = 7) -> bytes:
    return bytes([following, 0]) + be16(offset + more) + ident.to_bytes(4, "big")


def piece(packet: Packet, data: bytes, start: int, end: int) -> bytes:
    """Octets `start` to `end` of a datagram as a fragment of it."""
    more = end < len(data)
    if packet.version == 4:
        return replace(packet, word=start // 8 + more * 0x2000).put(data[start:end])
    header = fragment_header(packet.protocol, start, more=more, ident=packet.ident)
    return replace(packet, protocol=FRAGMENT, options=header).put(data[start:end])


def pieces(packet: Packet, data: bytes, *ends: int) -> list[bytes]:
    starts = (0, *ends)
    return [piece(packet, data, a, b) for a, b in zip(starts, (*ends, len(data)), strict=True)]


def listed(packets: list[bytes]) -> bytes:
    return PACKETS + b"".join(be16(len(packet)) + packet for packet in packets)


def single_packets() -> Seeds:
    for packet in (V4, V6):
        name = f"v{packet.version}"
        whole = packet.put(udp(packet, noise(33)))
        yield name, whole
        yield f"{name}-padding", whole + bytes(9)
        yield f"{name}-absent", packet.put(udp(packet, noise(20), absent=True))
        yield f"{name}-incorrect", whole[:-1] + b"?"
        yield f"{name}-cut", whole[:-10]
        yield f"{name}-cut-udp", packet.put(udp(packet, b"")[:5])
        yield f"{name}-cut-header", whole[:19]
        yield f"{name}-udp-length-3", packet.put(udp(packet, noise(20), length=3))
        yield f"{name}-udp-length-large", packet.put(udp(packet, noise(20), length=60000))
        yield f"{name}-tcp", replace(packet, protocol=TCP).put(noise(40))
        yield f"{name}-large", packet.put(udp(packet, noise(1400)))
        yield f"{name}-empty", packet.put(b"")
    yield "v4-options", replace(V4, options=b"\1" * 8).put(udp(V4, noise(5)))
    yield "v4-no-length", replace(V4, length=0).put(udp(V4, noise(5)))
    yield "v4-length-19", replace(V4, length=19).put(udp(V4, noise(5)))
    yield "v4-header-4", b"\x44" + V4.put(bytes(30))[1:]
    yield "v4-header-15", b"\x4f" + V4.put(bytes(30))[1:]
    yield "v6-length-large", replace(V6, length=100).put(udp(V6, noise(5)))
    yield "version-5", b"\x55" + V4.put(bytes(30))[1:]
    data = udp(V6, noise(12))
    chain = extension(ROUTING) + extension(DESTINATION, 16) + extension(AUTHENTICATION)
    chain += authentication(UDP)
    yield "v6-chain", replace(V6, protocol=HOP_BY_HOP, options=chain).put(data)
    yield "v6-atomic", piece(V6, data, 0, len(data))
    yield "v6-first", piece(V6, data, 0, 16)
    yield "v6-final", piece(V6, data, 16, len(data))
    yield "v6-esp", replace(V6, protocol=ESP).put(noise(30))
    yield (
        "v6-chain-beyond",
        replace(V6, protocol=HOP_BY_HOP, options=extension(UDP, 64)[:30]).put(b""),
    )
    yield "v6-nothing-behind", replace(V6, protocol=HOP_BY_HOP, options=extension(UDP)).put(b"")


def packet_lists() -> Seeds:
    for packet in (V4, V6):
        name = f"list-v{packet.version}"
        data = udp(packet, noise(92))
        good = pieces(packet, data, 8, 40, 64)
        yield name, listed(good)
        yield f"{name}-reversed", listed(good[::-1])
        yield f"{name}-even", listed(pieces(packet, data[:64], 32))
        yield f"{name}-missing", listed(good[:2] + good[3:])
        yield f"{name}-no-first", listed(good[1:])
        yield f"{name}-no-final", listed(good[:-1])
        yield f"{name}-twice", listed([*good, good[1]])
        yield f"{name}-two-finals", listed([*good, good[-1]])
        yield f"{name}-overlap", listed([*good[:2], piece(packet, data, 32, 64), good[3]])
        twice_and_gap = [piece(packet, data, a, b) for a, b in ((0, 40), (24, 40), (56, 100))]
        yield f"{name}-overlap-and-gap", listed(twice_and_gap)
        yield f"{name}-empty-second-final", listed([*good, piece(packet, noise(104), 104, 104)])
        yield f"{name}-behind", listed([*good, piece(packet, noise(200), 104, 112)])
        yield f"{name}-odd", listed([piece(packet, data, 0, 9), piece(packet, data, 16, 100)])
        yield f"{name}-empty", listed([good[0], piece(packet, data, 8, 8), *good[1:]])
        yield f"{name}-empty-final", listed([good[0], piece(packet, data[:8], 8, 8)])
        yield f"{name}-other", listed([good[0], *pieces(replace(packet, last=9), data, 8)[1:]])
        yield f"{name}-other-id", listed([good[0], *pieces(replace(packet, ident=9), data, 8)[1:]])
        yield f"{name}-cut", listed([*good[:-1], good[-1][:-1]])
        yield f"{name}-whole", listed([packet.put(data), packet.put(data)])
        yield f"{name}-one", listed([packet.put(data)])
        far = noise(65544)
        yield f"{name}-far", listed([good[0], piece(packet, far, 65528, 65544)])
    both = pieces(V4, udp(V4, noise(40)), 24)[:1] + pieces(V6, udp(V6, noise(40)), 24)[1:]
    yield "list-versions", listed(both)
    yield "list-none", PACKETS
    yield "list-too-large", listed(pieces(V4, bytes(65528), 32768))
    inner = extension(UDP) + udp(V6, noise(30))
    yield "list-extensions", listed(pieces(replace(V6, protocol=DESTINATION), inner, 8, 16))
    nested = fragment_header(UDP, 0, more=False) + udp(V6, noise(30))
    yield "list-nested", listed(pieces(replace(V6, protocol=FRAGMENT), nested, 16))
    short = extension(UDP, 64)[:32]
    yield "list-extension-beyond", listed(pieces(replace(V6, protocol=DESTINATION), short, 16))
    yield "list-atomic", listed([piece(V6, inner, 0, len(inner))])


def ip_packet_seeds() -> Seeds:
    for name, data in single_packets():
        yield name, PACKET + data
    yield from packet_lists()
    for size in (8, 9, 100, 1000, 4000):
        for seed in (1, 2):
            yield f"datagram-{size}-{seed}", DATAGRAM + noise(size, seed)


def alias_seeds() -> Seeds:
    yield "empty", b""
    yield "one", b"1 name\n"
    yield "no-end", b"1 name"
    yield "spaces", b" \t7\t name  and more\r\n8\v\fother\n"
    yield "bases", b"010 octal\n0x1F hex\n0Xab upper\n+5 plus\n0 zero\n4294967295 largest\n"
    yield "too-large", b"1 a\n4294967296 b\n2 c\n"
    yield "negative", b"1 a\n-1 b\n"
    yield "bad-digit", b"1 a\n08 b\n"
    yield "bad-hex", b"1 a\n0x b\n"
    yield "word", b"name 1\n"
    yield "no-name", b"1 a\n2\n3 c\n"
    yield "empty-line", b"1 a\n\n2 b\n"
    yield "comment", b"1 a\n# comment\n2 b\n"
    yield "nul", b"1 a\n2 b\0c\n3 d\n"
    yield "numbers-twice", b"5 a\n1 b\n5 c\n3 d\n5 e\n1 f\n"
    yield "names-twice", b"9 Same\n5 same\n7 SAME\n5 other\n3 sam\n4 samee\n"
    yield "many", b"".join(b"%d N%x\n" % (i * 7919 % 1000, i % 40) for i in range(100))
    yield "high", bytes(range(0x80, 0x100)) + b" 1\n1 " + bytes(range(0x80, 0x100))


def channel_seeds() -> Seeds:
    yield "empty", b""
    yield "one", b"ch202 10.32.202.255/8430\n"
    yield "no-end", b"ch202 10.32.202.255/8430"
    yield "range", b"ch202 10.32.202.255/8430..8437 10.32.202.255/1..65535\n"
    yield "reversed", b"ch202 10.32.202.255/8437..8430 10.32.202.255/0..5 10.1.1.1/5..5\n"
    yield (
        "ports",
        b"c ::1/0 ::1/65535 ::1/65536 ::1/ ::1/x ::1/0x1 ::1/-1 ::1/1. ::1/.. ::1/1..2..3\n",
    )
    yield "ipv6", b"c 2001:db8::1/8430 ::ffff:192.0.2.1/1..2 [::1]/1 ::1%lo/1 2001:db8::1\n"
    yield "names", b"c localhost/8430 /8430 / .. 127.0.0.1:8430 1.2.3.4/5/6\n"
    yield "endpoints", b"c tcp://192.0.2.1:5555,accept,pubsub ipc:///tmp/x,connect,pushpull ://\n"
    yield "several", b"a ::1/1\nb ::1/2\na ::1/3 ::1/4\nA ::1/5\na\n"
    yield "white-space", b"\n \t\n  a\t::1/1\v::1/2\f \r\nb\r\n\n# ::1/1\n#a ::1/2\n"
    yield "nul", b"a\0b ::1/1\0 \0\na\0b ::1/2\n"
    yield "long", b"a " + b"1" * 200 + b"/" + b"2" * 200 + b" " + b"1" * 46 + b"/1\n"
    yield "many", b"".join(b"ch%d 10.0.0.%d/8430\n" % (i % 7, i) for i in range(60))


def zmq_endpoint_seeds() -> Seeds:
    """The first octet: an input ("0") or an output ("1")."""
    yield "empty", b""
    yield "input", b"0tcp://192.0.2.1:5555"
    yield "output", b"1tcp://192.0.2.1:5555"
    yield "accept-pubsub", b"1tcp://*:5555,accept,pubsub"
    yield "connect-pushpull", b"0ipc:///tmp/x,connect,pushpull"
    yield "any-case", b"0TCP://[2001:db8::1]:5555,PushPull,CONNECT"
    yield "others", b"1tcp://h:1,accepted,,x,acceptaccept"
    yield "commas", b"0,,tcp://h:1,,accept,"
    yield "twice", b"0tcp://h:1,accept,accept"
    yield "both", b"0tcp://h:1,pubsub,pushpull"
    yield "inproc", b"0inproc://x,connect"
    yield "ports", b"0tcp://h:65536,accept"
    yield "no-transport", b"0192.0.2.1/8430,accept"
    yield "nothing-behind", b"1tcp://,accept"
    yield "nul", b"1tcp://h:1,accept\0,connect"
    yield "long", b"1ipc://" + b"x" * 249 + b",accept"
    yield "too-long", b"1ipc://" + b"x" * 250 + b",accept"


def kafka_seeds() -> Seeds:
    yield "empty", b""
    yield "containers", b"nmsg:topic@broker"
    yield "group", b"json:a.b_c-D%group@broker:9092,oldest"
    yield "partition", b"nmsgp:topic#2147483647@[2001:db8::1]:9092,-100"
    yield "offset", b"nmsg:t#0@b:1,4611686018427387903"
    yield "both", b"nmsg:t#0%g@b"
    yield "behind", b"nmsg:t@b%g#1,newest,oldest"
    yield "nothing", b"nmsg:@,"
    yield "no-form", b"topic@broker"
    yield "blank", b"nmsg:t opic%g\0roup@bro\tker"
    yield "long", b"nmsg:" + b"t" * 250 + b"%" + b"g" * 256 + b"@" + b"b" * 512
    yield "list", b"linger.ms=5: acks = all ::x=:=y"
    yield "sections", b"a=1\n[default]\nb = 2\r\n# c=3\n[ broker:9092 ]\nb=4\n[x]\nd = = 5\n"
    yield "no-setting", b"[default]\n\nlinger.ms\n"
    yield "nul", b"a\0b=1\n[default\0]\nc=\0\n"
    yield "many", b"".join(b"k%d=%d\n" % (i % 50, i) for i in range(600))


TARGETS: dict[str, Callable[[], Seeds]] = {
    "alias": alias_seeds,
    "channel": channel_seeds,
    "ip_packet": ip_packet_seeds,
    "kafka": kafka_seeds,
    "zmq_endpoint": zmq_endpoint_seeds,
}
