# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets that read DNS data."""

from collections.abc import Callable, Iterator

Seeds = Iterator[tuple[str, bytes]]

IN, CH = 1, 3


def u16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def string(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def name(text: str, end: bytes = b"\0") -> bytes:
    return b"".join(string(label.encode("latin-1")) for label in text.split(".") if label) + end


def pointer(offset: int) -> bytes:
    return u16(0xC000 | offset)


# ---------------------------------------------------------------------------------------------
# Record data


def rdata(kind: int, data: bytes | str, rrclass: int = IN) -> bytes:
    """Input of the rdata target."""
    head = bytes([kind, rrclass]) if kind < 253 else bytes([255, rrclass]) + u16(kind)
    return head + (data.encode("latin-1") if isinstance(data, str) else data)


A, B = name("a.example"), name("B.example")
SIGNATURE = u16(1) + bytes([8, 2]) + u32(3600, 2, 1) + u16(7) + A
HASHED = bytes([1, 0]) + u16(10) + string(b"\xab\xcd") + string(bytes(range(20)))
ADDRESS = bytes.fromhex("20010db8000000000000000000000001")
ESCAPED = b'a "b" \\ \x00\x7f\xff'


def param(key: int, value: bytes) -> bytes:
    return u16(key, len(value)) + value


def windows(*parts: tuple[int, bytes]) -> bytes:
    return b"".join(bytes([window, len(bits)]) + bits for window, bits in parts)


PARAMS = {
    "all": param(0, u16(1, 3, 9)) + param(1, string(b"h2") + string(b"h3")) + param(2, b"")
    + param(3, u16(443)) + param(4, bytes(8)) + param(5, b"ech") + param(6, ADDRESS * 2)
    + param(7, ESCAPED),
    "escaped": param(1, string(b'a,b\\c"\xff')) + param(1, string(b"") + string(b"x")),
    "empty": b"".join(param(key, b"") for key in (0, 1, 4, 6, 1, 2, 5, 7)),
    "none": b"",
    "not-a-key": param(0, u16(65535)),
    "bad-key": param(65535, b""),
    "bad-mandatory": param(0, b"\0\1\0"),
    "bad-alpn": param(1, b"\2h2\3"),
    "bad-default": param(2, b"x"),
    "bad-port": param(3, b"x"),
    "bad-hint": param(4, bytes(7)),
    "bad-hint6": param(6, bytes(17)),
    "cut-key": b"\0",
    "cut-value": u16(7, 2) + b"x",
}  # fmt: skip

OPTIONS = {
    "subnet": param(8, u16(1) + bytes([24, 0, 192, 0, 2])),
    "subnet6": param(8, u16(2) + bytes([56, 0]) + ADDRESS[:7]),
    "error": param(15, u16(0)) + param(15, u16(22) + b"no answer\xff") + param(15, u16(25)),
    "others": param(10, bytes(range(90, 110))) + param(3, b""),
    "bad-subnet": param(8, u16(3) + bytes(2)),
    "long-subnet": param(8, u16(1) + bytes(7)),
    "short-subnet": param(8, u16(1)),
    "bad-error": param(15, b"x"),
    "cut-code": b"\0",
    "cut-data": param(3, b"") + u16(10, 5) + b"x",
}

DATA: dict[str, tuple[int, bytes]] = {
    "a": (1, bytes([192, 0, 2, 1])),
    "ns": (2, A),
    "soa": (6, A + B + u32(1, 2, 3, 4, 5)),
    "null": (10, bytes(range(250, 256))),
    "hinfo": (13, string(b"x") + string(ESCAPED)),
    "mx": (15, u16(10) + A),
    "txt": (16, string(b"v=spf1") + string(b"") + string(ESCAPED)),
    "sig": (24, SIGNATURE + b"\1\2"),
    "aaaa": (28, ADDRESS),
    "nxt": (30, A + b"\x40"),
    "naptr": (35, u16(1, 2) + string(b"u") + string(b"E2U") + string(b"!a!b!") + B),
    "a6": (38, bytes([64]) + ADDRESS[8:] + A),
    "a6-whole": (38, bytes([0]) + ADDRESS),
    "a6-none": (38, bytes([128]) + A),
    "ds": (43, u16(1) + bytes([8, 2]) + bytes(range(32))),
    "rrsig": (46, SIGNATURE + bytes(range(20))),
    "nsec": (47, A + windows((0, b"\x40\1"), (1, b"\x80"), (255, bytes(31) + b"\1"))),
    "dnskey": (48, u16(256) + bytes([3, 8]) + bytes(range(33))),
    "nsec3": (50, HASHED + windows((0, b"\x40"))),
    "nsec3-empty": (50, bytes(6)),
    "nsec3param": (51, bytes([1, 0, 0, 10, 0])),
    "csync": (62, u32(1) + u16(3) + windows((0, b"\x60\0\0\x08"))),
    "eui48": (108, bytes(range(6))),
    "eui64": (109, bytes(range(8))),
    "uri": (256, u16(1, 2) + b"https://a.example/" + ESCAPED),
    "caa": (257, b"\x80" + string(b"issue") + b"ca.example"),
    "generic": (65280, bytes(range(5))),
    "high": (32769, b"x"),
}

TEXTS: dict[str, tuple[int, str]] = {
    "a": (1, "192.0.2.1"),
    "blanks": (15, "\t10\n a.example \r\n"),
    "bare-strings": (16, 'a "b \\" \\\\ \\001" c\\032d'),
    "soa": (6, "a.example b.example. 1 2 3 4 4294967295"),
    "nsec": (47, "b.example. NS A TYPE65535 type0 a"),
    "rrsig": (46, "AAAA 8 2 3600 2 1 7 a. AQ ID=="),
    "nsec3": (50, "1 0 10 aBcd 041061o5 A RRSIG"),
    "nsec3-empty": (50, "1 0 0 - 0"),
    "ds": (43, "1 8 2 abCD"),
    "a6": (38, "64 ::1 a."),
    "caa": (257, '0 issue "ca.example"'),
    "eui48": (108, "00-00-5E-00-53-2a"),
    "generic": (65280, "\\# 4 01ab\tCD ef"),
    "svcb": (64, '1 . mandatory=alpn,port alpn="h2,a\\\\,b\\\\\\\\" port="53" key9=x ech=AQID'),
    "svcb-hints": (64, '1 . ipv4hint=192.0.2.1,192.0.2.2 ipv6hint="::1" no-default-alpn'),
    "svcb-empty": (64, '1 . ipv4hint=mandatory=ipv6hint=no-default-alpn alpn=" port=1'),
    "svcb-alpn": (64, '1 . alpn="" alpn=h2 alpn=" h2" alpn=" key7=" x"'),
    "opt": (41, 'OPT=10: 61 00 ("a.")\nCLIENT-SUBNET: 192.0.2.0/24/0\nEDE: 25: (a) b)'),
    "opt-error": (41, "EDE: 0 (Other Error): ()"),
    "subnet6": (41, "CLIENT-SUBNET: 2001:db8::/200/56"),
    "error": (16, '"a"  ### PARSE ERROR ###'),
    "error-number": (2, " ### PARSE ERROR #3 ###"),
}

BAD_TEXTS: dict[str, tuple[int, str]] = {
    "number": (15, "65536 a."),
    "no-number": (15, "x a."),
    "address": (1, "1.2.3"),
    "name": (2, "a..b"),
    "label": (2, "x" * 64),
    "rest": (1, "1.2.3.4 x"),
    "quote": (16, '"abc'),
    "escape": (16, "\\25x"),
    "control": (16, '"\1"'),
    "long": (16, "x" * 256),
    "hex": (43, "1 8 2 A"),
    "hex-digit": (43, "1 8 2 AX"),
    "salt": (51, "1 0 0 abc"),
    "hash": (50, "1 0 0 - XYZ"),
    "type": (46, "NOTHING"),
    "types": (47, "a. NOTHING"),
    "prefix": (38, "129 ::"),
    "prefix-address": (38, "64 1.2.3.4"),
    "eui": (108, "00:00:5e:00:53:2a"),
    "not-quoted": (257, "0 issue x"),
    "generic": (65280, "0102"),
    "generic-number": (65280, "\\# x"),
    "generic-digits": (65280, "\\# 1 0"),
    "generic-count": (65280, "\\# 3 01"),
    "key": (64, "1 . nothing=1"),
    "key-number": (64, "1 . key65535=1"),
    "key-end": (64, "1 . port"),
    "value": (64, "1 . alpn="),
    "port": (64, "1 . port=65536"),
    "hint": (64, "1 . ipv4hint=::1"),
    "hint6": (64, "1 . ipv6hint=1.2.3.4"),
    "list": (64, '1 . mandatory="port'),
    "mandatory": (64, "1 . mandatory=x"),
    "alpn": (64, '1 . alpn="a'),
    "alpn-choice": (64, '1 . alpn=" a" foo'),
    "alpn-octet": (64, '1 . alpn="\\x"'),
    "alpn-escape": (64, '1 . alpn="a\\\\b"'),
    "alpn-escaped-octet": (64, '1 . alpn="\\\\\\x"'),
    "alpn-long": (64, "1 . alpn=" + "x" * 256 + ",y"),
    "alpn-long-end": (64, "1 . alpn=" + "x" * 256),
    "value-end": (64, '1 . key7="x"y'),
    "option": (41, "NSID: 61"),
    "option-digits": (41, "OPT=1: 6"),
    "option-short": (41, 'OPT=1: 61 62 ("a'),
    "option-octets": (41, 'OPT=1: 61 ("b")'),
    "option-end": (41, 'OPT=1: ("")x'),
    "subnet": (41, "CLIENT-SUBNET: x/1/2"),
    "subnet-source": (41, "CLIENT-SUBNET: ::/256/0"),
    "subnet-scope": (41, "CLIENT-SUBNET: ::/1/x"),
    "error-code": (41, "EDE: x"),
    "error-purpose": (41, "EDE: 0 (Blocked): ()"),
    "error-colon": (41, "EDE: 25 ()"),
    "error-end": (41, "EDE: 25: (x"),
}


def rdata_data_seeds() -> Seeds:
    yield "empty", b""
    for label, (kind, data) in DATA.items():
        yield f"data-{label}", rdata(kind, data)
        yield f"data-{label}-cut", rdata(kind, data[:-1])
    for label, data in PARAMS.items():
        yield f"svcb-{label}", rdata(64, u16(1) + A + data)
    for label, data in OPTIONS.items():
        yield f"opt-{label}", rdata(41, data)
    yield "class", rdata(1, b"", CH)
    yield "class-text", rdata(1, "192.0.2.1", CH)
    yield "left-over", rdata(1, bytes(5))
    yield "label-too-long", rdata(2, b"\x40" + bytes(64))
    yield "label-cut", rdata(2, b"\5abc")
    yield "name-too-long", rdata(2, string(b"x" * 62) * 5 + b"\0")
    yield "prefix-too-long", rdata(38, b"\x81")
    for label, kind, data in (
        ("names", 14, b""), ("numbers", 6, B), ("hex", 30, b""), ("types", 47, b""),
        ("params", 64, u16(1)),
    ):  # fmt: skip
        yield f"no-root-{label}", rdata(kind, data + name("a.example", b""))
    yield "no-root-base64", rdata(46, SIGNATURE[:-1])
    yield "window-long", rdata(47, A + windows((0, bytes(33) + b"\1")))
    yield "window-order", rdata(47, A + windows((1, b"\x80"), (0, b"\x40")) + b"\0")
    yield "name-text", rdata(2, "a\\.b.\\000\\\\.c d")
    yield "name-root", rdata(2, ".")


def rdata_seeds() -> Seeds:
    yield from rdata_data_seeds()
    for label, (kind, text) in TEXTS.items():
        yield f"text-{label}", rdata(kind, text)
    for label, (kind, text) in BAD_TEXTS.items():
        yield f"bad-{label}", rdata(kind, text)


# ---------------------------------------------------------------------------------------------
# Messages

HEADER_LEN = 12
FIRST = pointer(HEADER_LEN)


def question(owner: bytes, kind: int = 1, rrclass: int = IN) -> bytes:
    return owner + u16(kind, rrclass)


def record(owner: bytes, kind: int, data: bytes, ttl: int = 300, rrclass: int = IN) -> bytes:
    return owner + u16(kind, rrclass) + u32(ttl) + u16(len(data)) + data


def message(*sections: list[bytes], flags: int = 0x8180) -> bytes:
    counts = [len(section) for section in sections] + [0] * (4 - len(sections))
    return u16(0x1234, flags, *counts) + b"".join(b"".join(section) for section in sections)


def answer(*records: bytes) -> bytes:
    return message([question(name("www.Example"))], list(records))


def edns(data: bytes, ttl: int = 0x8000) -> bytes:
    return record(b"\0", 41, data, ttl, 1232)


def pointers(count: int, names: int) -> bytes:
    """A chain of pointers in the data of the first record, which further names refer to."""
    start = HEADER_LEN + 11
    chain = b"\0" + b"".join(pointer(start if i == 0 else start + 2 * i - 1) for i in range(count))
    last = pointer(start + len(chain) - 2)
    return message([], [record(b"\0", 10, chain)] + [record(last, 2, last) for _ in range(names)])


def dns_message_seeds() -> Seeds:
    yield "empty", b""
    yield "header", message()
    yield "header-odd", message(flags=0x5E7B) + b"more"
    yield "query", message([question(name("www.example"))], flags=0x0100)
    yield "questions", message([question(b"\0", 65280, 77), question(b"\0", 65280, 77)])
    yield "counts", message([question(b"\0")])[:4] + u16(5, 5, 5, 5) + question(b"\0")
    yield "records", answer(
        record(FIRST, 1, bytes(4)), record(name("WWW.example"), 1, bytes(4), 60),
        record(FIRST, 5, FIRST), record(FIRST, 1, bytes(4), rrclass=CH), record(FIRST, 1, b""),
        record(FIRST, 16, string(ESCAPED)), record(FIRST, 65280, b"", rrclass=254),
    )  # fmt: skip
    for label, (kind, data) in DATA.items():
        yield f"data-{label}", answer(record(FIRST, kind, data), record(FIRST, kind, data))
        yield f"data-{label}-cut", answer(record(FIRST, kind, data[:-1]))
    for label, data in PARAMS.items():
        yield f"svcb-{label}", answer(record(FIRST, 64, u16(1) + FIRST + data))
    for label, data in OPTIONS.items():
        yield f"edns-{label}", message([], [], [], [edns(data), edns(data)])
    yield "edns-empty", message([], [edns(b"", 0xFF010000)])
    yield "edns-question", message([question(b"\0", 41, 512)])
    yield "too-long", answer(record(FIRST, 1, bytes(5)))
    yield "name-too-long", answer(record(FIRST, 2, A + b"\0"))
    yield "window-long", answer(record(FIRST, 47, FIRST + windows((0, bytes(33)))))
    yield "prefix-too-long", answer(record(FIRST, 38, b"\x81"))
    yield "param-65532", answer(record(FIRST, 64, u16(1) + b"\0" + u16(7, 65532)))
    yield "pointer-forward", message([question(pointer(14) + b"\0")])
    yield "pointer-loop", message([question(b"\1a" + FIRST)])
    yield "pointer-cut", message([b"\xc0"])
    yield "label-bits", message([question(b"\x80")])
    yield "label-cut", message([b"\5abc"])
    yield "no-type", message([b"\0\0\1"])
    yield "no-data", message([], [record(b"\0", 1, bytes(4))[:-1]])
    yield "no-length", message([], [record(b"\0", 1, b"")[:-1]])
    yield "long-names", message([], [record(string(b"x" * 62) * 4 + b"\1x\0", 1, b"")])
    yield "longer-names", message([], [record(string(b"x" * 62) * 4 + b"\2xx\0", 1, b"")])
    yield "pointers", pointers(500, 3)
    yield "too-many-pointers", pointers(1500, 80)
    owners = [name(f"n{i * 7 % 24}.example") for i in range(60)]
    yield "many", message([], [record(o, 1, bytes(4), 99 - i) for i, o in enumerate(owners)])
    yield "types", message([], [record(b"\0", 1 + i % 7, b"", i, i % 3) for i in range(20)])


TARGETS: dict[str, Callable[[], Seeds]] = {
    "dns_message": dns_message_seeds,
    "rdata": rdata_seeds,
}
