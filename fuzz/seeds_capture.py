# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets that read captured packets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from seeds_packet import (
    DESTINATION,
    HOP_BY_HOP,
    TCP,
    UDP,
    V4,
    V6,
    Packet,
    be16,
    checksum,
    extension,
    noise,
    piece,
    pieces,
)

Seeds = Iterator[tuple[str, bytes]]

ICMP = 1
COM, NET, ROOT = b"\7example\3com\0", b"\1a\3net\0", b"\0"

# First octet of the seeds of capture: which messages, and how.
PAIRS, QUERIES, RESPONSES, ZEROED, FILTERED, NCAP, PACKET, PKT = range(8)
# The second: which link type.
ETHERNET, RAW, NULL, LOOP, SLL, SLL2, IPV4, IPV6, UNKNOWN = range(9)
USUAL = 0x80


@dataclass(frozen=True)
class Dns:
    """A DNS message over UDP; the asking side has the port 4000."""

    ident: int = 1
    flags: int = 0x0100
    question: bytes | None = COM
    rtype: int = 1
    extra: bytes = b""
    packet: Packet = V4

    def message(self) -> bytes:
        count = 0 if self.question is None else 1
        question = b"" if self.question is None else self.question + be16(self.rtype) + be16(1)
        header = be16(self.ident) + be16(self.flags) + be16(count) + bytes(6)
        return header + question + self.extra

    def udp(self) -> bytes:
        message = self.message()
        ports = (53, 4000) if self.flags & 0x8000 else (4000, 53)
        size = be16(8 + len(message))
        start = be16(ports[0]) + be16(ports[1]) + size
        pseudo = self.sides().addresses() + size + be16(UDP)
        return start + be16(checksum(pseudo + start + bytes(2) + message) or 0xFFFF) + message

    def sides(self) -> Packet:
        return Answer(**vars(self.packet)) if self.flags & 0x8000 else self.packet

    def put(self) -> bytes:
        return self.sides().put(self.udp())


@dataclass(frozen=True)
class Answer(Packet):
    """The same packet in the other direction."""

    def addresses(self) -> bytes:
        both = super().addresses()
        half = len(both) // 2
        return both[half:] + both[:half]


def answer(query: Dns, flags: int = 0x8180, extra: bytes = b"") -> Dns:
    return replace(query, flags=flags, extra=extra)


def fed(*packets: bytes, step: int = 0) -> bytes:
    return b"".join(bytes([step]) + be16(len(packet)) + packet for packet in packets)


def ethernet(packet: bytes, tags: bytes = b"") -> bytes:
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return bytes(12) + tags + kind + packet


def tcp(source: int, target: int) -> bytes:
    return be16(source) + be16(target) + bytes(8) + b"\x50\x18" + bytes(6) + noise(9)


def icmp(kind: int, about: bytes) -> bytes:
    return bytes([kind, 3]) + bytes(6) + about


def reassembly_seeds() -> Seeds:
    for packet in (V4, V6):
        name = f"v{packet.version}"
        data = noise(100)
        good = pieces(packet, data, 8, 40, 64)
        yield name, fed(*good)
        yield f"{name}-backwards", fed(*good[::-1])
        yield f"{name}-padding", fed(*(octets + bytes(6) for octets in good))
        yield f"{name}-twice", fed(*good, *good)
        yield f"{name}-duplicate", fed(good[0], good[0], *good[1:])
        yield f"{name}-overlap", fed(good[0], piece(packet, data, 0, 48), *good[2:])
        yield f"{name}-overlap-behind", fed(good[2], piece(packet, data, 8, 48), good[0])
        yield f"{name}-two-finals", fed(good[3], piece(packet, noise(120), 104, 120), *good[:3])
        yield f"{name}-behind-final", fed(good[3], piece(packet, noise(300), 104, 112))
        yield f"{name}-odd", fed(piece(packet, data, 0, 9), *good[1:])
        yield f"{name}-empty", fed(good[0], piece(packet, data, 8, 8), *good[1:])
        yield f"{name}-empty-final", fed(good[0], piece(packet, data[:8], 8, 8))
        yield f"{name}-slowly", fed(*good, step=25)
        yield f"{name}-back-in-time", fed(*good, step=0xA0)
        yield f"{name}-too-slowly", fed(*good[:2], step=61) + fed(*good)
        spoilt = fed(good[0], good[0], step=10)
        yield f"{name}-again-later", spoilt + fed(*good, step=70)
        many = [piece(replace(packet, ident=i), data, 0, 8) for i in range(100)]
        yield f"{name}-many", fed(*many)
        mixed = [
            octets
            for pair in zip(good, pieces(replace(packet, last=9), data, 8, 40, 64), strict=True)
            for octets in pair
        ]
        yield f"{name}-mixed", fed(*mixed)
        far = noise(65544)
        yield f"{name}-far", fed(piece(packet, far, 65528, 65544), good[0])
        large = pieces(packet, noise(65500), 32000)
        yield f"{name}-large", fed(*large[:1], *large[1:])
    options = replace(V4, options=b"\1" * 8)
    yield "v4-options", fed(*pieces(options, noise(50), 24))
    inner = extension(UDP) + noise(30)
    yield "v6-inner-extension", fed(*pieces(replace(V6, protocol=DESTINATION), inner, 16))
    before = extension(44) + b"\x11\0" + be16(0) + bytes(3) + b"\7" + noise(20)
    yield "v6-outer-extension", fed(replace(V6, protocol=HOP_BY_HOP).put(before))
    yield "v6-atomic", fed(piece(V6, noise(20), 0, 20))
    yield "no-fragment", fed(V4.put(noise(20)), V6.put(noise(20)))
    yield "nothing", b""


def query_table_seeds() -> Seeds:
    add, answer_, drop = 0, 4, 7

    def event(kind: int, sender: int, question: int = 0, shape: int = 0) -> bytes:
        return bytes([kind + 8 * question, sender, shape])

    yield "one", event(add, 1, 2) + event(answer_, 1, 2)
    yield "another-question", event(add, 1, 2) + event(answer_, 1, 3)
    yield "another-sender", event(add, 1, 2) + event(answer_, 2, 2)
    yield "no-question", event(add, 1, 0) + event(answer_, 1, 0) + event(answer_, 1, 0, 5)
    refusals = b"".join(event(answer_, 4, 2, rcode) for rcode in (3, 5, 1, 2, 4))
    yield "refused", (event(add, 4, 0) + event(add, 4, 2)) * 2 + refusals
    yield "refused-without", event(add, 4, 2) + event(add, 4, 3) + event(answer_, 4, 0, 5) * 3
    yield "equal", event(add, 1, 2) * 5 + event(answer_, 1, 2) * 6
    yield "dropped", event(add, 1, 2) * 3 + event(drop, 0) * 2 + event(answer_, 1, 2) * 2
    for question in range(8):
        shapes = b"".join(event(add, 9, question, shape) for shape in range(0, 250, 30))
        yield f"shapes-{question}", shapes + event(answer_, 9, question, 5) * 9
    octets = noise(1500)
    yield (
        "mixed",
        b"".join(bytes([octets[i], octets[i + 1] % 4, octets[i + 2]]) for i in range(0, 1500, 3)),
    )
    yield "growing", b"".join(event(add, i % 256, i % 8) for i in range(400)) + event(drop, 0) * 400
    yield "nothing", b""


def capture_seeds() -> Seeds:
    query = Dns()
    pair = (query, answer(query, extra=noise(30)))
    for how in range(8):
        head = bytes([how, RAW])
        yield f"pair-{how}", head + fed(*(dns.put() for dns in pair))
        six = (replace(dns, packet=V6) for dns in pair)
        yield f"pair6-{how}", head + fed(*(dns.put() for dns in six))
        long = answer(query, extra=noise(60))
        cut = pieces(long.sides(), long.udp(), 16, 48)
        yield f"fragments-{how}", head + fed(query.put(), *cut[::-1])
        asked = pieces(query.packet, query.udp(), 16, 32)
        yield f"fragmented-query-{how}", head + fed(*asked, answer(query).put(), *asked, step=3)
        slow = [replace(query, ident=i).put() for i in range(8)]
        yield f"many-{how}", head + fed(*slow)
        yield f"expired-{how}", head + fed(*slow, step=61)
        yield f"tcp-{how}", head + fed(replace(V4, protocol=TCP).put(tcp(4000, 53)))
        about = replace(V4, length=500).put(query.udp()[:8])
        yield f"icmp-{how}", head + fed(replace(V4, protocol=ICMP).put(icmp(3, about)))
        yield (
            f"tcp-about-{how}",
            head
            + fed(
                replace(V4, protocol=ICMP).put(
                    icmp(11, replace(V4, protocol=TCP).put(tcp(53, 9)[:8]))
                )
            ),
        )
        yield f"padding-{how}", head + fed(*(dns.put() + bytes(6) for dns in pair))
    four, six_ = query.put(), replace(query, packet=V6).put()
    frames = {
        ETHERNET: [ethernet(four), ethernet(six_, b"\x81\0\0\5"), ethernet(four, b"\x88\xa8\0\1")],
        NULL: [b"\2\0\0\0" + four, b"\0\0\0\x1e" + six_, b"\7\0\0\0xx"],
        LOOP: [b"\0\0\0\2" + four, b"\0\0\0\x18" + six_],
        SLL: [bytes(14) + b"\x08\0" + four, bytes(14) + b"\x86\xdd" + six_],
        SLL2: [b"\x08\0" + bytes(18) + four, b"\x86\xdd" + bytes(18) + six_],
        IPV4: [four, six_],
        IPV6: [four, six_],
        UNKNOWN: [four],
    }
    for link, octets in frames.items():
        for how in (PAIRS, NCAP, PACKET, PKT):
            yield f"link-{link}-{how}", bytes([how, link]) + fed(*octets)
            yield f"link-{link}-{how}-usual", bytes([how, USUAL + link]) + fed(*octets)
    for rcode in range(6):
        bare = answer(replace(query, question=None), flags=0x8000 + rcode)
        yield f"refused-{rcode}", bytes([PAIRS, RAW]) + fed(query.put(), bare.put())
    for question in (ROOT, NET, b"\xc0\x0c", b"\x3f", b"\5a"):
        one = replace(query, question=question).put()
        name = question.hex()
        yield f"name-{name}", bytes([PAIRS, RAW]) + fed(one, step=0x7F)
        yield f"filtered-{name}", bytes([FILTERED, RAW]) + fed(one, one, step=0x7F)
    large = replace(query, extra=noise(3000)).put()
    yield "large", bytes([PAIRS, RAW]) + fed(large, large, large)
    yield "cut", bytes([PAIRS, RAW]) + b"\0" + be16(0x8000 + len(four)) + four
    yield "short", bytes([PAIRS, RAW]) + fed(four[:30], four[:19], four[:1], b"")
    yield "backwards", bytes([PAIRS, RAW]) + fed(four, four, four, step=0xC0)
    yield "nothing", b""


def dnsqr_text_seeds() -> Seeds:
    unset = b"-"

    def values(*first: bytes, auth: bytes = unset, res: bytes = unset) -> bytes:
        return b"\0".join([*first, *[unset] * (7 - len(first)), auth, res])

    yield "numbers", values(b"5", b"0x10", b"0", b"1", b"7")
    yield "octal", values(b"010", b" +7", b"1", b"0", b"-1")
    yield "no-numbers", values(b"", b"5x", b"2", b"x", b"99999999999999999999")
    yield "names", values(*[unset] * 5, b"example.com:a.net::b", b".:..:\\065:\\999")
    yield "authority", values(auth=b"192.0.2.1")
    yield (
        "both",
        values(unset, unset, b"1", auth=b" 192.0.2.1 ,198.51.100.0/24", res=b"2001:db8::1"),
    )
    yield "queries", values(unset, unset, b"0", auth=b"192.0.2.1,2001:db8::/32", res=b"192.0.2.2")
    yield "empty-list", values(auth=b"")
    yield "no-address", values(res=b"x,192.0.2.1/33,192.0.2.0/,2001:db8::/129,/8")
    yield "brackets", values(res=b"192.0.2.1) or (ip,192.0.2.1/8),::1")
    yield "nothing", b""


TARGETS: dict[str, Callable[[], Seeds]] = {
    "capture": capture_seeds,
    "dnsqr_text": dnsqr_text_seeds,
    "query_table": query_table_seeds,
    "reassembly": reassembly_seeds,
}
