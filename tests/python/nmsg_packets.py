# SPDX-License-Identifier: Apache-2.0
"""Packets and capture files, made from the descriptions of their formats and without the module."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

CLIENT, SERVER = "192.0.2.1", "192.0.2.53"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::53"
ETHERNET, RAW, LINUX_SLL = 1, 101, 113
START = 1_700_000_000  # Seconds of the first packet.


def address(text: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def udp(source: str, to: str, ports: tuple[int, int], payload: bytes) -> bytes:
    """A UDP datagram with its checksum."""
    size = 8 + len(payload)
    pseudo = address(source) + address(to) + struct.pack("!BBH", 0, 17, size)
    head = struct.pack("!HHH", *ports, size)
    total = checksum(pseudo + head + bytes(2) + payload) or 0xFFFF
    return head + struct.pack("!H", total) + payload


def ip(source: str, to: str, payload: bytes, protocol: int = 17, *, word: int = 0) -> bytes:
    """An IP packet. word: flags and offset of fragments, IPv4 only."""
    if ":" in source:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
        return head + address(source) + address(to) + payload
    first = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), 7, word, 64, protocol)
    rest = address(source) + address(to)
    total = struct.pack("!H", checksum(first + bytes(2) + rest))
    return first + total + rest + payload


def fragments(source: str, to: str, payload: bytes, step: int) -> list[bytes]:
    """IPv4 packets with `step` octets of the payload each."""
    packets = []
    for start in range(0, len(payload), step):
        more = 0x2000 if start + step < len(payload) else 0
        piece = payload[start : start + step]
        packets.append(ip(source, to, piece, word=start // 8 | more))
    return packets


def ether(packet: bytes, *tags: int) -> bytes:
    """An Ethernet frame, with VLAN tags of these kinds (0x8100, 0x88a8)."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    labels = b"".join(struct.pack("!HH", tag, 5) for tag in tags)
    return bytes.fromhex("020000000001020000000002") + labels + struct.pack("!H", kind) + packet


def dns(
    ident: int, name: str, *, is_response: bool = False, rd: int = 1, answers: int = 0
) -> bytes:
    """A DNS message about the address of a name, with A records as answers."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    qname = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    flags = (0x8080 if is_response else 0) | rd << 8
    head = struct.pack("!6H", ident, flags, 1, answers, 0, 0)
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH4B", 1, 1, 300, 4, 198, 18, 0, i % 256)
        for i in range(answers)
    )
    return head + qname + struct.pack("!HH", 1, 1) + records


def query(ident: int, name: str = "example.net", *, v6: bool = False, rd: int = 1) -> bytes:
    """An IP packet with a DNS query."""
    ends = (CLIENT6, SERVER6) if v6 else (CLIENT, SERVER)
    return ip(*ends, udp(*ends, (40000, 53), dns(ident, name, rd=rd)))


def response(ident: int, name: str = "example.net", *, v6: bool = False, answers: int = 1) -> bytes:
    """An IP packet with the response to it."""
    ends = (SERVER6, CLIENT6) if v6 else (SERVER, CLIENT)
    message = dns(ident, name, is_response=True, answers=answers)
    return ip(*ends, udp(*ends, (53, 40000), message))


@dataclass
class Capture:
    """Frames and their times, to be written as a file."""

    link_type: int = ETHERNET
    frames: list[tuple[int, int, bytes, int]] = field(default_factory=list)

    def add(self, frame: bytes, usec: int, *, wire_len: int | None = None) -> "Capture":
        """A frame, so many microseconds behind the start."""
        sec, part = divmod(usec, 1_000_000)
        self.frames.append((START + sec, part, frame, wire_len or len(frame)))
        return self

    def pcap(self, order: str = "<", *, nsec: bool = False) -> bytes:
        magic = 0xA1B23C4D if nsec else 0xA1B2C3D4
        head = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, self.link_type)
        return head + b"".join(
            struct.pack(order + "IIII", sec, usec * 1000 if nsec else usec, len(f), size) + f
            for sec, usec, f, size in self.frames
        )

    def pcapng(self, order: str = "<") -> bytes:
        def block(kind: int, body: bytes) -> bytes:
            body += bytes(-len(body) % 4)
            size = struct.pack(order + "I", len(body) + 12)
            return struct.pack(order + "I", kind) + size + body + size

        section = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
        interface = struct.pack(order + "HHI", self.link_type, 0, 65535)
        packets = [(sec * 1_000_000 + usec, frame, size) for sec, usec, frame, size in self.frames]
        return (
            block(0x0A0D0D0A, section)
            + block(1, interface)
            + b"".join(
                block(
                    6,
                    struct.pack(order + "IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), size)
                    + frame,
                )
                for time, frame, size in packets
            )
        )


def read_pcap(data: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """Link type and packets, with times in nanoseconds, of what the module writes."""
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHIIII", data)
    factor = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}[magic]
    packets = []
    at = 24
    while at < len(data):
        sec, part, size, _ = struct.unpack_from("<IIII", data, at)
        packets.append((sec * 10**9 + part * factor, data[at + 16 : at + 16 + size]))
        at += 16 + size
    assert at == len(data)
    return link_type, packets


def some_dns(link: Iterable[int] = ()) -> Capture:
    """Queries and responses: answered, unanswered, in fragments, of IPv6, and other things."""
    capture = Capture()
    tags = tuple(link)
    capture.add(ether(query(1), *tags), 100)
    capture.add(ether(query(2, "www.example.org", v6=True), *tags), 200)
    capture.add(ether(response(1), *tags), 10_300)
    capture.add(ether(ip(CLIENT, SERVER, bytes(20), 6), *tags), 10_400)
    big = udp(SERVER, CLIENT, (53, 40000), dns(3, "example.com", is_response=True, answers=90))
    capture.add(ether(query(3, "example.com", rd=0), *tags), 20_000)
    for n, piece in enumerate(fragments(SERVER, CLIENT, big, 1000)):
        capture.add(ether(piece, *tags), 21_000 + n)
    capture.add(ether(response(2, "www.example.org", v6=True), *tags), 30_000)
    capture.add(ether(query(4, "lost.example.net"), *tags), 40_000)
    capture.add(ether(response(5, "never.asked.example"), *tags), 50_000)
    return capture
