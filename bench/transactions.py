# SPDX-License-Identifier: Apache-2.0
"""DNS transactions as a sensor sees them (base:dnsqr): whole packets, with right checksums."""

import ipaddress

from chance import FIRST_TIME_SEC, HOSTS, Chance, Fields, domain, record_data, wire_name

UDP, TCP, ICMP = 17, 6, 1
DNS_PORT = 53
NXDOMAIN = 3
CLASS_IN = b"\0\1"
TO_QUESTION = b"\xc0\x0c"  # A pointer to the name behind the header (RFC 1035, 4.1.4).
RESPONSE, RECURSION = 0x8000, 0x0180  # Flags: QR; RD and RA (RFC 1035, 4.1.1).
EDNS = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"  # OPT, 1232 octets (RFC 6891, 6.1.2).
# What is asked for, in percent.
QUESTION_TYPES = [1] * 58 + [28] * 22 + [16] * 6 + [15] * 4 + [2] * 5 + [6] * 2 + [5] * 3


def checksum(octets: bytes) -> int:
    """Of the Internet (RFC 1071): the sum of 16-bit words in ones' complement is a remainder."""
    number = int.from_bytes(octets + b"\0" * (len(octets) & 1), "big")
    return 0xFFFF - (number % 0xFFFF or (0xFFFF if number else 0))


def ip_packet(source: str, target: str, protocol: int, payload: bytes, number: int) -> bytes:
    """A packet of either version of IP; `number` identifies one of version 4."""
    ends = packed(source) + packed(target)
    if ":" in source:
        return (
            b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes([protocol, 60]) + ends + payload
        )
    length = (20 + len(payload)).to_bytes(2, "big")
    head = b"\x45\0" + length + number.to_bytes(2, "big") + b"\x40\0" + bytes([60, protocol])
    return head + checksum(head + ends).to_bytes(2, "big") + ends + payload


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def with_checksum(source: str, target: str, protocol: int, segment: bytes, at: int) -> bytes:
    """A UDP or TCP segment with the checksum over the pseudo header (RFC 768, RFC 8200 8.1)."""
    pseudo = packed(source) + packed(target) + len(segment).to_bytes(4, "big")
    value = checksum(pseudo + protocol.to_bytes(4, "big") + segment) or 0xFFFF
    return segment[:at] + value.to_bytes(2, "big") + segment[at + 2 :]


def ports(source: int, target: int) -> bytes:
    return source.to_bytes(2, "big") + target.to_bytes(2, "big")


def udp_packet(
    chance: Chance, source: tuple[str, int], target: tuple[str, int], payload: bytes
) -> bytes:
    head = ports(source[1], target[1]) + (8 + len(payload)).to_bytes(2, "big") + b"\0\0"
    segment = with_checksum(source[0], target[0], UDP, head + payload, 6)
    return ip_packet(source[0], target[0], UDP, segment, chance.bits(16))


def header(number: int, flags: int, counts: tuple[int, int, int]) -> bytes:
    """Of a DNS message with one question."""
    fields = (number, flags, 1, *counts)
    return b"".join(field.to_bytes(2, "big") for field in fields)


def query(number: int, question: bytes) -> bytes:
    return header(number, 0x0100, (0, 0, 1)) + question + EDNS


def record(owner: bytes, rrtype: int, ttl: int, data: bytes) -> bytes:
    head = owner + rrtype.to_bytes(2, "big") + CLASS_IN + ttl.to_bytes(4, "big")
    return head + len(data).to_bytes(2, "big") + data


def answers(chance: Chance, name: str, rrtype: int) -> list[bytes]:
    """What the question asks for, at times behind an alias."""
    owner, records = TO_QUESTION, []
    ttl = chance.pick([60, 300, 3600, 86400])
    if rrtype in (1, 28) and chance.share() < 0.25:
        alias = wire_name(f"{chance.pick(HOSTS)}.{domain(chance)}")
        records.append(record(owner, 5, ttl, alias))
        owner = alias
    for _ in range(1 if rrtype in (5, 6) else 1 + int(chance.share() ** 2 * 4)):
        records.append(record(owner, rrtype, ttl, record_data(chance, rrtype, name)))
    return records


def response(
    chance: Chance, number: int, name: str, rrtype: int, question: bytes
) -> tuple[bytes, int]:
    """The message, and its code."""
    if chance.share() < 0.15:
        soa = record(wire_name(domain(chance)), 6, 900, record_data(chance, 6, name))
        flags = RESPONSE | RECURSION | NXDOMAIN
        return header(number, flags, (0, 1, 1)) + question + soa + EDNS, NXDOMAIN
    found = answers(chance, name, rrtype)
    servers = []
    if chance.share() < 0.3:
        zone = wire_name(domain(chance))
        servers = [record(zone, 2, 86400, record_data(chance, 2, name)) for _ in range(2)]
    counts = (len(found), len(servers), 1)
    sections = b"".join(found + servers)
    return header(number, RESPONSE | RECURSION, counts) + question + sections + EDNS, 0


def tcp_fields(
    chance: Chance, client: tuple[str, int], server: tuple[str, int], data: bytes
) -> Fields:
    """A segment: one that opens a connection, or one that carries a query."""
    opens = chance.share() < 0.4
    payload = b"" if opens else len(data).to_bytes(2, "big") + data
    flags = 0x02 if opens else 0x18
    head = ports(client[1], server[1]) + chance.bits(64).to_bytes(8, "big")
    head += bytes([0x50, flags]) + b"\xfa\xf0\0\0\0\0"
    segment = with_checksum(client[0], server[0], TCP, head + payload, 16)
    packet = ip_packet(client[0], server[0], TCP, segment, chance.bits(16))
    return {"type": "TCP", "proto": TCP, "tcp": packet}


def icmp_fields(chance: Chance, sender: str, target: str, unreachable: bytes) -> Fields:
    """Port unreachable, and the packet that came there (RFC 792)."""
    body = b"\x03\x03\0\0\0\0\0\0" + unreachable
    body = body[:2] + checksum(body).to_bytes(2, "big") + body[4:]
    packet = ip_packet(sender, target, ICMP, body, chance.bits(16))
    return {"type": "ICMP", "proto": ICMP, "icmp": packet}


def endpoints(chance: Chance) -> tuple[tuple[str, int], tuple[str, int]]:
    """A resolver and a server that it can reach."""
    resolver, server = chance.source(), chance.target()
    while (":" in resolver) != (":" in server):
        server = chance.target()
    return (resolver, chance.ephemeral_port()), (server, DNS_PORT)


def add_packet(fields: Fields, which: str, packet: bytes, time_ns: int) -> None:
    fields[f"{which}_packet"] = [packet]
    fields[f"{which}_time_sec"] = [time_ns // 1_000_000_000]
    fields[f"{which}_time_nsec"] = [time_ns % 1_000_000_000]


def udp_fields(
    chance: Chance, client: tuple[str, int], server: tuple[str, int], name: str, rrtype: int
) -> Fields:
    """A transaction over UDP: query and response, or one of them alone."""
    kind, number = chance.share(), chance.bits(16)
    qname = wire_name(name)
    question = qname + rrtype.to_bytes(2, "big") + CLASS_IN
    begun = FIRST_TIME_SEC * 1_000_000_000 + chance.bits(40)
    fields: Fields = {
        "type": "UDP_QUERY_RESPONSE",
        "query_ip": client[0],
        "response_ip": server[0],
        "proto": UDP,
        "query_port": client[1],
        "response_port": server[1],
        "id": number,
        "qname": qname,
        "qclass": 1,
        "qtype": rrtype,
    }
    if kind < 0.95:
        add_packet(
            fields, "query", udp_packet(chance, client, server, query(number, question)), begun
        )
    if kind < 0.08:
        return fields | {"type": "UDP_UNANSWERED_QUERY", "timeout": 60 + chance.share()}
    message, rcode = response(chance, number, name, rrtype, question)
    packet = udp_packet(chance, server, client, message)
    add_packet(fields, "response", packet, begun + 100_000 + chance.bits(26))
    if kind >= 0.95:
        fields["type"] = "UDP_UNSOLICITED_RESPONSE"
    return fields | {"rcode": rcode, "udp_checksum": "CORRECT"}


def dnsqr_fields(chance: Chance) -> Fields:
    """Nine of ten transactions are over UDP; some are TCP segments, some errors of ICMP."""
    kind = chance.share()
    client, server = endpoints(chance)
    name, rrtype = f"{chance.pick(HOSTS)}.{domain(chance)}", chance.pick(QUESTION_TYPES)
    if kind < 0.9:
        return udp_fields(chance, client, server, name, rrtype)
    number = chance.bits(16)
    asked = query(number, wire_name(name) + rrtype.to_bytes(2, "big") + CLASS_IN)
    if kind < 0.97 or ":" in client[0]:  # ICMPv6 is another protocol, which dnsqr does not have.
        return tcp_fields(chance, client, server, asked)
    message, _ = response(chance, number, name, rrtype, asked[12 : -len(EDNS)])
    return icmp_fields(chance, client[0], server[0], udp_packet(chance, server, client, message))
