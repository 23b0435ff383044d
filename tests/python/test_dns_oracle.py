# SPDX-License-Identifier: Apache-2.0
"""DNS text beside dnspython, an independent implementation.

The conventions of zone files differ in places from those here (docs/format.md, section 12): what is
compared is therefore not the text but what it stands for, each side reading what the other wrote.
"""

import json
import random
from collections.abc import Callable
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import nmsg
import pytest

IN = dns.rdataclass.IN
SAFE = b"abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_\\."


class Chance(random.Random):
    """Random parts of record data in wire form."""

    def octets(self, low: int, high: int) -> bytes:
        return self.randbytes(self.randint(low, high))

    def label(self) -> bytes:
        text = bytes(self.choice(SAFE) for _ in range(self.randint(1, 12)))
        return bytes([len(text)]) + text

    def name(self) -> bytes:
        return b"".join(self.label() for _ in range(self.randint(0, 4))) + b"\0"

    def string(self) -> bytes:
        text = self.octets(0, 40)
        return bytes([len(text)]) + text

    def bitmap(self) -> bytes:
        """Types that both sides know by name, and by number in a window of their own."""
        known = [1, 2, 5, 6, 15, 16, 28, 33, 35, 43, 46, 47, 48, 52, 64, 65, 257]
        out = b""
        windows: dict[int, bytearray] = {}
        for rrtype in self.sample(known, self.randint(1, 6)):
            windows.setdefault(rrtype >> 8, bytearray(32))[rrtype >> 3 & 31] |= 128 >> (rrtype & 7)
        for window, bits in sorted(windows.items()):
            octets = bytes(bits).rstrip(b"\0")
            out += bytes([window, len(octets)]) + octets
        return out

    def u8(self) -> bytes:
        return self.octets(1, 1)

    def u16(self) -> bytes:
        return self.octets(2, 2)

    def u32(self) -> bytes:
        return self.octets(4, 4)

    def service_parameters(self) -> bytes:
        values = {
            1: b"".join(bytes([len(i)]) + i for i in self.sample([b"h2", b"h3", b"http/1.1"], 2)),
            3: self.u16(),
            4: b"".join(self.octets(4, 4) for _ in range(self.randint(1, 3))),
            6: b"".join(self.octets(16, 16) for _ in range(self.randint(1, 3))),
        }
        keys = sorted(self.sample(sorted(values), self.randint(0, 4)))
        return b"".join(
            key.to_bytes(2, "big") + len(values[key]).to_bytes(2, "big") + values[key]
            for key in keys
        )

    def salt(self) -> bytes:
        value = self.octets(0, 12)
        return bytes([len(value)]) + value


# Types that have no text of their own here: only what we write is read by the other side.
GENERIC = {"SSHFP", "CERT"}
# Here the tag of a CAA record is quoted, which the other side does not read.
QUOTED = {"CAA"}

Make = Callable[[Chance], bytes]

# Types whose text both sides understand, and data for them.
TYPES: dict[str, Make] = {
    "A": lambda c: c.octets(4, 4),
    "AAAA": lambda c: c.octets(16, 16),
    "NS": Chance.name,
    "CNAME": Chance.name,
    "PTR": Chance.name,
    "DNAME": Chance.name,
    "SOA": lambda c: c.name() + c.name() + c.octets(20, 20),
    "MX": lambda c: c.u16() + c.name(),
    "AFSDB": lambda c: c.u16() + c.name(),
    "RT": lambda c: c.u16() + c.name(),
    "KX": lambda c: c.u16() + c.name(),
    "RP": lambda c: c.name() + c.name(),
    "PX": lambda c: c.u16() + c.name() + c.name(),
    "TXT": lambda c: b"".join(c.string() for _ in range(c.randint(1, 4))),
    "SPF": lambda c: b"".join(c.string() for _ in range(c.randint(1, 4))),
    "HINFO": lambda c: c.string() + c.string(),
    "X25": lambda c: bytes([4]) + b"%04d" % c.randrange(10000),
    "SRV": lambda c: c.octets(6, 6) + c.name(),
    "NAPTR": lambda c: c.octets(4, 4) + c.string() + c.string() + c.string() + c.name(),
    "DS": lambda c: c.octets(2, 2) + b"\x08\2" + c.octets(32, 32),
    "CDS": lambda c: c.octets(2, 2) + b"\x08\2" + c.octets(32, 32),
    "DNSKEY": lambda c: b"\1\0\3\x08" + c.octets(4, 80),
    "CDNSKEY": lambda c: b"\1\0\3\x08" + c.octets(4, 80),
    "NSEC": lambda c: c.name() + c.bitmap(),
    "NSEC3": lambda c: b"\1\0" + c.u16() + c.salt() + b"\x14" + c.octets(20, 20) + c.bitmap(),
    "NSEC3PARAM": lambda c: b"\1\0" + c.u16() + c.salt(),
    "TLSA": lambda c: c.octets(2, 2) + b"\1" + c.octets(32, 32),
    "CSYNC": lambda c: c.u32() + c.u16() + c.bitmap(),
    "CAA": lambda c: c.choice([b"\0", b"\x80"]) + b"\5issue" + c.octets(0, 40),
    "URI": lambda c: c.octets(4, 4) + b"https://host.example/" + c.octets(0, 10).hex().encode(),
    "OPENPGPKEY": lambda c: c.octets(1, 80),
    "EUI48": lambda c: c.octets(6, 6),
    "EUI64": lambda c: c.octets(8, 8),
    "SVCB": lambda c: b"\0\1" + c.name() + c.service_parameters(),
    "HTTPS": lambda c: b"\0\1" + c.name() + c.service_parameters(),
    "TYPE65280": lambda c: c.octets(0, 40),
    "SSHFP": lambda c: b"\1\2" + c.octets(32, 32),
    "CERT": lambda c: c.octets(5, 5) + c.octets(1, 60),
}


def our_text(rrtype: int, data: bytes) -> str:
    message = nmsg.msgtype.base.dns(rrtype=rrtype, rrclass=1, rdata=[data])
    (text,) = message.text("rdata") or []
    return text


def our_data(name: str, text: str) -> bytes:
    fields = {"rrtype": name, "rrclass": "IN", "rdata": [text]}
    record: dict[str, Any] = {"vname": "base", "mname": "dns", "message": fields}
    message = nmsg.message.from_json(json.dumps(record))
    (data,) = message["rdata"]
    return bytes(data)


@pytest.mark.parametrize("name", TYPES)
def test_record_data(name: str) -> None:
    chance = Chance(f"record data of {name}")
    rrtype = dns.rdatatype.from_text(name)
    for _ in range(200):
        data = TYPES[name](chance)
        theirs = dns.rdata.from_wire(IN, rrtype, data, 0, len(data))
        text = our_text(rrtype, data)
        assert our_data(name, text) == data, text
        if name not in QUOTED:
            assert dns.rdata.from_text(IN, rrtype, text).to_wire() == data, text
        if name not in GENERIC:
            assert our_data(name, theirs.to_text()) == data, theirs.to_text()


def test_names() -> None:
    chance = Chance("names")
    for _ in range(1000):
        labels = [chance.octets(1, 20) for _ in range(chance.randint(0, 6))]
        wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        text = nmsg.msgtype.base.dns(rrname=wire).text("rrname")
        assert isinstance(text, str)
        assert dns.name.from_text(text).to_wire() == wire
        theirs = dns.name.Name([*labels, b""]).to_text()
        record = {"vname": "base", "mname": "dns", "message": {"rrname": theirs}}
        assert nmsg.message.from_json(json.dumps(record))["rrname"] == wire


def random_message(chance: Chance) -> dns.message.Message:
    """A response, with compressed names and some EDNS."""
    owner = dns.name.from_wire(chance.name(), 0)[0]
    message = dns.message.make_query(
        owner, chance.choice(["A", "MX", "TXT"]), id=chance.getrandbits(16)
    )
    message.flags |= dns.flags.QR | chance.choice([0, dns.flags.AA, dns.flags.AD | dns.flags.CD])
    message.set_rcode(chance.choice([dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL]))
    for section in (message.answer, message.authority, message.additional):
        for name in chance.sample(["A", "NS", "SOA", "MX", "TXT", "SRV", "NSEC"], 3):
            rrtype = dns.rdatatype.from_text(name)
            data = TYPES[name](chance)
            rdata = dns.rdata.from_wire(IN, rrtype, data, 0, len(data))
            section.append(dns.rrset.from_rdata(owner, chance.getrandbits(31), rdata))
    if chance.random() < 0.5:
        message.use_edns(0, dns.flags.DO if chance.random() < 0.5 else 0, 1232)
    return message


def sets_of(section: list[dns.rrset.RRset]) -> list[tuple[bytes, int, str, list[bytes]]]:
    return [
        (s.name.to_wire() or b"", s.ttl, dns.rdatatype.to_text(s.rdtype), [r.to_wire() for r in s])
        for s in section
    ]


def our_sets(section: list[dict[str, Any]]) -> list[tuple[bytes, int, str, list[bytes]]]:
    return [
        (
            dns.name.from_text(s["rrname"]).to_wire() or b"",
            s["rrttl"],
            s["rrtype"],
            [our_data(s["rrtype"], text) for text in s["rdata"]],
        )
        for s in section
    ]


def test_messages() -> None:
    chance = Chance("messages")
    for _ in range(200):
        theirs = random_message(chance)
        wire = theirs.to_wire()
        ours = nmsg.msgtype.base.dnsobs(response=wire).to_dict()["message"]["response_json"]
        header = ours["header"]
        assert header["id"] == theirs.id
        assert header["rcode"] == dns.rcode.to_text(theirs.rcode())
        assert header["opcode"] == dns.opcode.to_text(theirs.opcode())
        assert " ".join(header["flags"]).upper() == dns.flags.to_text(theirs.flags)
        assert ("opt" in header) == (theirs.edns >= 0)
        (question,) = theirs.question
        assert [(q["qname"], q["qtype"]) for q in ours["question"]] == [
            (
                nmsg.msgtype.base.dns(rrname=question.name.to_wire()).text("rrname"),
                dns.rdatatype.to_text(question.rdtype),
            )
        ]
        for section in ("answer", "authority", "additional"):
            assert our_sets(ours[section]) == sets_of(getattr(theirs, section))
