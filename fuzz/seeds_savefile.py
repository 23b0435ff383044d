# SPDX-License-Identifier: Apache-2.0
"""Seeds of the target that reads capture files."""

from collections.abc import Iterator

Seeds = Iterator[tuple[str, bytes]]

USEC, NSEC, PATCHED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
FRAME = bytes(range(12)) + b"\x08\0" + b"\x45" + bytes(19)


class Writer:
    """Numbers in one octet order."""

    def __init__(self, order: str) -> None:
        self.order = order

    def number(self, value: int, size: int) -> bytes:
        return (value % 256**size).to_bytes(size, "big" if self.order == "big" else "little")

    def words(self, *values: int) -> bytes:
        return b"".join(self.number(value, 4) for value in values)

    def pcap(self, magic: int = USEC, link_type: int = 1, minor: int = 4) -> bytes:
        version = self.number(2, 2) + self.number(minor, 2)
        return self.words(magic) + version + self.words(0, 0, 65535, link_type)

    def record(self, frame: bytes, extra: bytes = b"") -> bytes:
        head = self.words(1700000000, 123456, len(frame), len(frame) + 7)
        return head + extra + frame

    def block(self, kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = self.words(len(body) + 12)
        return self.words(kind) + size + body + size

    def section(self) -> bytes:
        rest = self.number(1, 2) + self.number(0, 2) + b"\xff" * 8
        return self.block(SECTION, self.words(0x1A2B3C4D) + rest)

    def option(self, code: int, value: bytes) -> bytes:
        head = self.number(code, 2) + self.number(len(value), 2)
        return head + value + bytes(-len(value) % 4)

    def interface(self, link_type: int = 1, options: bytes = b"") -> bytes:
        return self.block(INTERFACE, self.number(link_type, 4) + self.words(96) + options)

    def packet(self, frame: bytes, interface: int = 0, units: int = 1700000000123456) -> bytes:
        time = self.words(units >> 32, units)
        lengths = self.words(len(frame), len(frame))
        return self.block(PACKET, self.words(interface) + time + lengths + frame)


def pcap_files(order: str) -> Seeds:
    w = Writer(order)
    yield f"{order}_usec", w.pcap() + w.record(FRAME) + w.record(b"")
    yield f"{order}_nsec", w.pcap(NSEC, 101) + w.record(FRAME[14:])
    yield f"{order}_patched", w.pcap(PATCHED) + w.record(FRAME, bytes(8))
    yield f"{order}_old", w.pcap(minor=2) + w.record(FRAME)
    yield f"{order}_header_only", w.pcap()
    yield f"{order}_cut", (w.pcap() + w.record(FRAME) + w.record(FRAME))[:-5]
    yield f"{order}_too_long", w.pcap() + w.words(1, 2, 262145, 262145) + FRAME


def pcapng_files(order: str) -> Seeds:
    w = Writer(order)
    begin = w.section() + w.interface()
    yield f"{order}_ng", begin + w.packet(FRAME) + w.packet(b"abc")
    options = w.option(9, b"\x09") + w.option(14, w.number(-10, 8)) + w.option(0, b"")
    yield f"{order}_ng_options", w.section() + w.interface(1, options) + w.packet(FRAME)
    binary = w.interface(1, w.option(9, b"\xa8"))
    yield f"{order}_ng_binary", w.section() + binary + w.packet(FRAME, units=2**60 + 2**39)
    old = w.words(0, 0x60000, 1000, 4, 4) + b"abcd"
    simple = w.words(200) + bytes(96)
    older = w.block(OLD_PACKET, old) + w.block(SIMPLE_PACKET, simple)
    yield f"{order}_ng_older", begin + older
    yield f"{order}_ng_other_block", begin + w.block(5, bytes(40)) + w.packet(FRAME)
    yield f"{order}_ng_two_interfaces", begin + w.interface() + w.packet(FRAME, 1)
    yield f"{order}_ng_no_interface", w.section() + w.packet(FRAME)
    yield f"{order}_ng_cut", (begin + w.packet(FRAME))[:-3]


def savefile_seeds() -> Seeds:
    for order in "big", "little":
        yield from pcap_files(order)
        yield from pcapng_files(order)
    big, little = Writer("big"), Writer("little")
    first = big.section() + big.interface() + big.packet(FRAME)
    yield "ng_two_orders", first + little.section() + little.interface() + little.packet(FRAME)
    yield "text", b"#! this is no capture file"
    yield "empty", b""


TARGETS = {"savefile": savefile_seeds}
